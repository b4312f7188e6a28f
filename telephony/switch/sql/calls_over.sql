-- Forget calls (Call-IDs in hex): nobody is in them, and what a queue had with them is over. Returns how many phones that
-- concerns.
CREATE OR REPLACE FUNCTION switch.calls_over(p_calls text[]) RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $function$
DECLARE
    names text[] := ARRAY(SELECT left(switch.text_of(call), 255) FROM unnest(p_calls) call);
    gone integer;
    queued text;
BEGIN
    DELETE FROM switch.live_call WHERE call_id = ANY (names);
    GET DIAGNOSTICS gone = ROW_COUNT;
    FOR queued IN
        SELECT waiting.call_id FROM public.telephony_queuecall waiting
        WHERE waiting.call_id = ANY (names) AND waiting.ended_at IS NULL
    LOOP
        PERFORM switch.queue_over(encode(convert_to(queued, 'UTF8'), 'hex'));
    END LOOP;
    RETURN gone;
END
$function$;
ALTER FUNCTION switch.calls_over(text[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.calls_over(text[]) FROM PUBLIC;
