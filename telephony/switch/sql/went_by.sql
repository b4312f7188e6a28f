-- Take down that a call goes by another trunk than the first (event g of tell): that one did not take it. Returns how many
-- records say so.
CREATE OR REPLACE FUNCTION switch.went_by(p_call text, p_tag text, p_trunk bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $function$
DECLARE
    changed integer;
BEGIN
    UPDATE public.telephony_callrecord record
    SET trunk = trunk.name
    FROM switch.open_call open, public.telephony_trunk trunk
    WHERE open.call = switch.call_key(p_call, p_tag)
      AND record.id = open.record_id AND record.started_at = open.started_at
      AND record.trunk <> '' AND record.trunk <> trunk.name AND trunk.id = p_trunk;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END
$function$;
ALTER FUNCTION switch.went_by(text, text, bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.went_by(text, text, bigint) FROM PUBLIC;
