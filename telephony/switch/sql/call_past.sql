-- The call controller has gone while a call rang, and the switch rings on without it, under the name by which the caller
-- knows the call: CALL and TAG (in hex, see text_of) become NEW and NEWTAG, which may be the same. Whoever answered
-- meanwhile is in no call with the caller, and rings again like the others. Returns how many records say so.
CREATE OR REPLACE FUNCTION switch.call_past(p_call text, p_tag text, p_new text, p_new_tag text) RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $function$
DECLARE
    going switch.open_call;
    taken integer := 0;
BEGIN
    PERFORM switch.call_is_over(p_call, 0, '');
    FOR going IN
        UPDATE switch.open_call open SET call = switch.call_key(p_new, p_new_tag), is_answered = false
        WHERE open.call = switch.call_key(p_call, p_tag) AND (
            switch.call_key(p_call, p_tag) = switch.call_key(p_new, p_new_tag) OR NOT EXISTS (
                SELECT FROM switch.open_call other WHERE other.call = switch.call_key(p_new, p_new_tag)
            )
        )
        RETURNING open.*
    LOOP
        UPDATE public.telephony_callrecord record SET answered_at = NULL, answered_by_id = NULL, status = 0
        WHERE record.id = going.record_id AND record.started_at = going.started_at;
        UPDATE public.telephony_callleg leg SET answered_at = NULL, ended_at = NULL, outcome = '', status = 0
        WHERE leg.record_id = going.record_id AND leg.started_at = going.started_at AND leg.answered_at IS NOT NULL
          AND leg.role = 'rung';
        taken := taken + 1;
    END LOOP;
    RETURN taken;
END
$function$;
ALTER FUNCTION switch.call_past(text, text, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_past(text, text, text, text) FROM PUBLIC;
