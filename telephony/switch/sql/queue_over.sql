-- Note that a call that was in a queue is over: the talk has ended, or the caller has given up. The call's name is in
-- hex. Returns how many stays in queues ended.
CREATE OR REPLACE FUNCTION switch.queue_over(p_call text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    over public.telephony_queuecall;
BEGIN
    UPDATE public.telephony_queuecall
    SET state = 'ended', ended_at = now(), outcome = CASE state WHEN 'talking' THEN 'answered' ELSE 'abandoned' END
    WHERE call_id = left(switch.text_of(p_call), 255) AND ended_at IS NULL
    RETURNING * INTO over;
    IF over.id IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE public.telephony_queueoffer SET ended_at = now(), outcome = 'gone'
    WHERE call_id = over.id AND ended_at IS NULL;
    -- The rest after a call is the same in all of an agent's queues.
    UPDATE public.telephony_queuemember SET last_ended_at = now() WHERE employee_id = over.answered_by_id;
    RETURN 1;
END
$function$;
ALTER FUNCTION switch.queue_over(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_over(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.queue_over(text) TO kamailio;
