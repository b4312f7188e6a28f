-- A call has ended: p_by caller or callee hung up, the caller gave up (p_by cancelled), or the switch gave it its last
-- answer (p_by switch, with its status). What was shown of it live goes as well: the switch says so at once, but says it
-- once only, and the database may be away by then; this is told until it was heard. Other arguments are those of
-- call_begins. Returns how many records were ended.
CREATE OR REPLACE FUNCTION switch.call_ends(p_call text, p_tag text, p_at numeric, p_by text, p_status integer)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    DELETE FROM switch.live_call live WHERE live.call_id = left(switch.text_of(p_call), 255);
    RETURN (
        SELECT coalesce(sum(switch.record_ends(
            open, to_timestamp(p_at), CASE p_by WHEN 'cancelled' THEN 'caller' ELSE p_by END, p_by = 'cancelled', p_status
        )), 0)::integer
        FROM (
            SELECT * FROM switch.open_call going WHERE going.call = switch.call_key(p_call, p_tag) FOR UPDATE
        ) open
    );
END
$function$;
ALTER FUNCTION switch.call_ends(text, text, numeric, text, integer) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_ends(text, text, numeric, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.call_ends(text, text, numeric, text, integer) TO kamailio;
