-- Whoever is in a call with somebody who has hung up does not take that for its end: it goes on where that is a number of
-- the public network, and is over where it is a phone of ours. See tell for the rest. Returns how much of it is news.
CREATE OR REPLACE FUNCTION switch.end_refused(p_call text, p_tag text, p_at text, p_by text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF EXISTS (
        SELECT FROM switch.open_call open
        JOIN public.telephony_callleg leg ON leg.record_id = open.record_id AND leg.started_at = open.started_at
        WHERE open.call = switch.call_key(p_call, p_tag)
          AND leg.role = 'rung' AND leg.answered_at IS NOT NULL AND leg.number <> ''
    ) THEN
        RETURN 0;
    END IF;
    RETURN switch.tell('', concat_ws('|', 'e', p_call, p_tag, p_at, p_by, 0));
END
$function$;
ALTER FUNCTION switch.end_refused(text, text, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.end_refused(text, text, text, text) FROM PUBLIC;
