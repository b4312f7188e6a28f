-- Take back that somebody took a call out of a queue: the call controller was gone by then, and the caller waits on.
-- p_call and p_tag are Call-ID and the caller's tag, in hex, and p_at is when that was found, in seconds since 1970.
-- Returns how many records say so.
CREATE OR REPLACE FUNCTION switch.offer_lost(p_call text, p_tag text, p_at numeric) RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $function$
DECLARE
    going switch.open_call;
    taken integer := 0;
BEGIN
    FOR going IN
        UPDATE switch.open_call open SET is_answered = false
        WHERE open.call = switch.call_key(p_call, p_tag) AND open.is_answered
        RETURNING open.*
    LOOP
        UPDATE public.telephony_callrecord record SET answered_at = NULL, answered_by_id = NULL, status = 0
        WHERE record.id = going.record_id AND record.started_at = going.started_at;
        UPDATE public.telephony_callleg leg
        SET answered_at = NULL,
            ended_at = CASE leg.role WHEN 'rung' THEN to_timestamp(p_at) END,
            outcome = CASE leg.role WHEN 'rung' THEN 'failed' ELSE '' END
        WHERE leg.record_id = going.record_id AND leg.started_at = going.started_at AND leg.answered_at IS NOT NULL
          AND (leg.role = 'queue' OR leg.why = 'queue');
        taken := taken + 1;
    END LOOP;
    RETURN taken;
END
$function$;
ALTER FUNCTION switch.offer_lost(text, text, numeric) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.offer_lost(text, text, numeric) FROM PUBLIC;
