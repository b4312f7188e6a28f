-- Show the portal who takes the calls of queues of opened customers, and what each of them is on now, by what the
-- switch itself goes by.
CREATE OR REPLACE FUNCTION switch.queue_board(p_queues bigint[])
RETURNS TABLE (
    member_id bigint, queue_id bigint, employee_id bigint, employee_name text, is_signed_in boolean, set_by text,
    set_at timestamptz, holds_until timestamptz, steered boolean, leaves_after_call boolean, paused_at timestamptz,
    pause_reason text, rests_until timestamptz, in_call_since timestamptz, rings_since timestamptz,
    is_reachable boolean, is_dnd boolean
)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 20
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT member.id, member.queue_id, member.employee_id, employee.name,
           coalesce(steer.signs_in, member.is_signed_in),
           CASE WHEN steer.signs_in IS NULL THEN member.set_by ELSE 'profile' END,
           member.set_at, member.holds_until,
           EXISTS (
               SELECT FROM public.telephony_profilequeue says
               WHERE says.employee_id = member.employee_id AND says.queue_id = member.queue_id
           ),
           member.leaves_after_call, member.paused_at, member.pause_reason,
           member.last_ended_at + queue.wrap_up_seconds * interval '1 second',
           coalesce(
               (
                   SELECT min(live.since) FROM switch.live_call live
                   WHERE live.employee_id = member.employee_id
                     AND (live.state = 'confirmed' OR live.direction = 'initiator')
               ),
               (
                   SELECT min(taken.answered_at) FROM public.telephony_queuecall taken
                   WHERE taken.answered_by_id = member.employee_id AND taken.ended_at IS NULL
               )
           ),
           (
               SELECT min(offer.offered_at) FROM public.telephony_queueoffer offer
               WHERE offer.employee_id = member.employee_id AND offer.ended_at IS NULL
           ),
           EXISTS (SELECT FROM switch.queue_phones(member.queue_id, member.employee_id, NULL)),
           EXISTS (
               SELECT FROM public.telephony_presence said
               WHERE said.employee_id = member.employee_id AND said.state = 'dnd'
                 AND (said.state_until IS NULL OR said.state_until > now())
           )
    FROM public.telephony_queuemember member
    JOIN public.telephony_queue queue ON queue.id = member.queue_id
    JOIN public.tenancy_employee employee ON employee.id = member.employee_id AND employee.ended_at IS NULL
    -- What the profile says, where the switch has not taken it down yet; see settle_members.
    LEFT JOIN LATERAL (
        SELECT says.signs_in
        FROM public.telephony_profilequeue says
        WHERE says.queue_id = member.queue_id
          AND says.profile_id = switch.profile_at(member.employee_id, now())
          AND (
              member.holds_until <= now()
              OR member.holds_until IS NULL
                 AND (member.set_by = 'profile' OR member.profile_id IS DISTINCT FROM says.profile_id)
          )
          AND says.signs_in <> member.is_signed_in
    ) steer ON true
    WHERE member.queue_id = ANY (p_queues) AND member.customer_id = ANY (public.opened_customers())
    ORDER BY member.queue_id, employee.name, member.id
$function$;
ALTER FUNCTION switch.queue_board(bigint[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_board(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.queue_board(bigint[]) TO app;
