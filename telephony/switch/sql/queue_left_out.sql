-- Return why agents of a queue are not found for a call that comes to it now, all who are enrolled as [employee, why,
-- reason of a pause]: out (signed out), paused, in_call, rings (another queue's call, or another caller), rests, dnd,
-- offline, or '' for whoever is free. It goes by what queue_dispatch goes by. A hundred at most.
CREATE OR REPLACE FUNCTION switch.queue_left_out(p_queue bigint) RETURNS jsonb
LANGUAGE sql STABLE
-- Few rows along indexes for each of them, whatever the planner knows of the tables.
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_seqscan = off
AS $function$
    SELECT coalesce(jsonb_agg(jsonb_build_array(said.employee_id, said.why, said.reason)), '[]')
    FROM (
        SELECT member.employee_id,
               CASE
                   WHEN NOT member.is_signed_in THEN 'out'
                   WHEN member.paused_at IS NOT NULL THEN 'paused'
                   WHEN EXISTS (SELECT FROM switch.live_call live WHERE live.employee_id = member.employee_id)
                       OR EXISTS (
                           SELECT FROM public.telephony_queuecall talks
                           WHERE talks.answered_by_id = member.employee_id AND talks.ended_at IS NULL
                       ) THEN 'in_call'
                   WHEN EXISTS (
                       SELECT FROM public.telephony_queueoffer offer
                       WHERE offer.employee_id = member.employee_id AND offer.ended_at IS NULL
                   ) THEN 'rings'
                   WHEN member.last_ended_at + queue.wrap_up_seconds * interval '1 second' > now() THEN 'rests'
                   WHEN EXISTS (
                       SELECT FROM public.telephony_presence said
                       WHERE said.employee_id = member.employee_id AND said.state = 'dnd'
                         AND (said.state_until IS NULL OR said.state_until > now())
                   ) THEN 'dnd'
                   -- As queue_phones, which would be asked for each of them.
                   WHEN NOT EXISTS (
                       SELECT FROM switch.reached_phone phone
                       WHERE phone.employee_id = member.employee_id AND (
                           NOT EXISTS (
                               SELECT FROM public.telephony_queuephone chosen
                               JOIN public.telephony_phone live ON live.id = chosen.phone_id AND live.ended_at IS NULL
                               WHERE chosen.member_id = member.id
                           ) OR EXISTS (
                               SELECT FROM public.telephony_queuephone chosen
                               WHERE chosen.member_id = member.id AND chosen.phone_id = phone.phone_id
                           )
                       )
                   ) THEN 'offline'
                   ELSE ''
               END AS why,
               CASE WHEN member.paused_at IS NOT NULL THEN member.pause_reason ELSE '' END AS reason
        FROM public.telephony_queuemember member
        JOIN public.telephony_queue queue ON queue.id = member.queue_id
        JOIN public.tenancy_employee employee ON employee.id = member.employee_id AND employee.ended_at IS NULL
        WHERE member.queue_id = p_queue
        ORDER BY member.is_signed_in DESC, member.id
        LIMIT 100
    ) said
$function$;
ALTER FUNCTION switch.queue_left_out(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_left_out(bigint) FROM PUBLIC;
