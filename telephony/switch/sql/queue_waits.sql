-- Say that a call's transaction sleeps now, so that an agent may be found for it: it has just come, or those who were
-- offered it did not take it. What agents are on when it comes is kept. Whoever misses so many in a row is paused. The call's name is in hex. Returns how many
-- missed it.
CREATE OR REPLACE FUNCTION switch.queue_waits(p_call text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    waiting public.telephony_queuecall;
    missed integer;
BEGIN
    UPDATE public.telephony_queuecall
    -- Whoever took it while the call controller went away has no caller: that one waits on.
    SET state = 'waiting', outcome = '', answered_at = NULL, answered_by_id = NULL,
        left_out = CASE WHEN state = 'entering' THEN switch.queue_left_out(queue_id) ELSE left_out END
    WHERE call_id = left(switch.text_of(p_call), 255) AND ended_at IS NULL AND state <> 'waiting'
    RETURNING * INTO waiting;
    WITH over AS (
        UPDATE public.telephony_queueoffer
        SET ended_at = now(), outcome = 'missed'
        WHERE call_id = waiting.id AND ended_at IS NULL
        RETURNING employee_id
    )
    UPDATE public.telephony_queuemember member
    SET missed_in_row = member.missed_in_row + 1,
        paused_at = CASE
            WHEN queue.pause_after_missed > 0 AND member.missed_in_row + 1 >= queue.pause_after_missed
                THEN coalesce(member.paused_at, now())
            ELSE member.paused_at
        END,
        pause_reason = CASE
            WHEN queue.pause_after_missed > 0 AND member.missed_in_row + 1 >= queue.pause_after_missed
                AND member.paused_at IS NULL THEN 'missed'
            ELSE member.pause_reason
        END
    FROM over, public.telephony_queue queue
    WHERE member.employee_id = over.employee_id AND member.queue_id = waiting.queue_id
      AND queue.id = waiting.queue_id;
    GET DIAGNOSTICS missed = ROW_COUNT;
    RETURN missed;
END
$function$;
ALTER FUNCTION switch.queue_waits(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_waits(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.queue_waits(text) TO kamailio;
