-- Show the portal what meets the calls of employees of the opened customers, by what the switch itself goes by.
--   profile   {"id", "name", "template", "until", "choice", "usual", "scheduled", "changes"}: the one that holds; choice is
--             the public id of the choice that made it hold, null for the profile that holds otherwise; usual {"id",
--             "name", "template"} is what holds without or after that choice; scheduled, whether there is a weekly
--             schedule, changes, when the profile does by itself, null when that is not known yet; null for employees
--             without profiles
--   profiles  [{"id", "name", "template"}]: all of them, in their order
--   always    [{"callers", "name", "number", "profile", "template"}]: where the profile sends calls without ringing
--   forward   {"number", "since"} or null: dialled, and goes before the profile
--   silent    {"why", "until"} or null: do not disturb, by hand or by the profile
--   queues    [{"key", "id", "name", "signed_in", "set_by", "holds_until", "leaves", "paused_at", "reason", "waiting",
--             "oldest", "on_duty", "agents"}], by name
--   bell      [{"kind", "name", "began", "ended", "is_new"}]: the latest outages of desk phones, a week back
--   noted     {"by", "note", "at", "is_new"} or null: the note that a colleague wrote here and that stands
--   missed    {"count", "legs", "at", "name", "number"} or null: missed calls not seen yet (100 stands for more), their ids
--             in the history, and who called last when; name is a colleague's
CREATE OR REPLACE FUNCTION switch.standing_of(p_employees bigint[])
RETURNS TABLE (employee_id bigint, standing jsonb)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT employee.id,
           jsonb_build_object(
               'profile', held.profile, 'profiles', coalesce(listed.profiles, '[]'), 'always', coalesce(held.always, '[]'), 'forward', forward.forward,
               'silent', silent.silent, 'queues', coalesce(mine.queues, '[]'), 'bell', coalesce(bell.bell, '[]'),
               'noted', noted.noted, 'missed', missed.missed
           )
    FROM public.tenancy_employee employee
    LEFT JOIN LATERAL (SELECT switch.profile_at(employee.id, now()) AS id) active ON true
    LEFT JOIN LATERAL (
        SELECT jsonb_build_object(
                   'id', profile.public_id, 'name', profile.name, 'template', profile.template,
                   'until', choice.until, 'choice', choice.public_id,
                   'scheduled', EXISTS (
                       SELECT FROM public.telephony_ringschedule schedule WHERE schedule.employee_id = employee.id
                   ),
                   'changes', (
                       SELECT clock.next_at FROM switch.profile_clock clock
                       WHERE clock.employee_id = employee.id AND clock.next_at > now() AND clock.next_at < 'infinity'
                   ),
                   'usual', (
                       SELECT jsonb_build_object('id', usual.public_id, 'name', usual.name, 'template', usual.template)
                       FROM public.telephony_ringprofile usual
                       WHERE usual.id = coalesce(
                           (
                               SELECT said.profile_id
                               FROM switch.schedule_at(employee.id, coalesce(choice.until, now())) said
                           ),
                           (
                               SELECT first.id FROM public.telephony_ringprofile first
                               WHERE first.employee_id = employee.id AND first.ended_at IS NULL
                               ORDER BY first.position, first.id
                               LIMIT 1
                           )
                       )
                   )
               ) AS profile,
               profile.state,
               (
                   SELECT jsonb_agg(
                       jsonb_build_object(
                           'callers', target.callers, 'name', coalesce(colleague.name, queue.name, ''), 'number', target.number,
                           'profile', coalesce(other.name, ''), 'template', coalesce(other.template, '')
                       ) ORDER BY target.callers
                   )
                   FROM public.telephony_ringtarget target
                   LEFT JOIN public.tenancy_employee colleague ON colleague.id = target.colleague_id
                   LEFT JOIN public.telephony_queue queue ON queue.id = target.queue_id
                   LEFT JOIN public.telephony_ringprofile other ON other.id = target.other_id
                   WHERE target.profile_id = profile.id AND target.situation = 'always'
               ) AS always
        FROM public.telephony_ringprofile profile
        LEFT JOIN public.telephony_profilechoice choice
          ON choice.employee_id = employee.id AND choice.profile_id = profile.id AND choice.ended_at IS NULL
         AND choice.began_at <= now() AND (choice.until IS NULL OR choice.until > now())
        WHERE profile.id = active.id
    ) held ON true
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(
            jsonb_build_object('id', profile.public_id, 'name', profile.name, 'template', profile.template)
            ORDER BY profile.position, profile.id
        ) AS profiles
        FROM public.telephony_ringprofile profile
        WHERE profile.employee_id = employee.id AND profile.ended_at IS NULL
    ) listed ON true
    LEFT JOIN LATERAL (
        SELECT jsonb_build_object('number', dialled.number, 'since', dialled.since) AS forward
        FROM public.telephony_forward dialled
        WHERE dialled.employee_id = employee.id
    ) forward ON true
    LEFT JOIN LATERAL (
        SELECT said.state, said.state_until
        FROM public.telephony_presence said
        WHERE said.employee_id = employee.id AND said.state <> ''
          AND (said.state_until IS NULL OR said.state_until > now())
    ) hand ON true
    LEFT JOIN LATERAL (
        -- The same as is_silent: what was set by hand goes before what the profile says.
        SELECT CASE
            WHEN hand.state = 'dnd' THEN jsonb_build_object('why', 'hand', 'until', hand.state_until)
            WHEN hand.state IS NULL AND held.state = 'dnd' THEN jsonb_build_object('why', 'profile', 'until', NULL)
        END AS silent
    ) silent ON true
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(
            jsonb_build_object(
                'key', queue.id, 'id', queue.public_id, 'name', queue.name,
                'signed_in', coalesce(steer.signs_in, member.is_signed_in),
                'set_by', CASE WHEN steer.signs_in IS NULL THEN member.set_by ELSE 'profile' END,
                'holds_until', member.holds_until, 'leaves', member.leaves_after_call,
                'paused_at', member.paused_at, 'reason', member.pause_reason,
                'waiting', inside.waiting, 'oldest', inside.oldest, 'on_duty', duty.on_duty, 'agents', duty.agents
            ) ORDER BY lower(queue.name), queue.id
        ) AS queues
        FROM public.telephony_queuemember member
        JOIN public.telephony_queue queue ON queue.id = member.queue_id AND queue.ended_at IS NULL
        -- What the profile says, where the switch has not taken it down yet; see settle_members and queue_board.
        LEFT JOIN LATERAL (
            SELECT says.signs_in
            FROM public.telephony_profilequeue says
            WHERE says.queue_id = member.queue_id AND says.profile_id = active.id
              AND (
                  member.holds_until <= now()
                  OR member.holds_until IS NULL
                     AND (member.set_by = 'profile' OR member.profile_id IS DISTINCT FROM says.profile_id)
              )
              AND says.signs_in <> member.is_signed_in
        ) steer ON true
        CROSS JOIN LATERAL (
            SELECT count(*) AS waiting, min(call.entered_at) AS oldest
            FROM public.telephony_queuecall call
            WHERE call.queue_id = queue.id AND call.ended_at IS NULL AND call.state <> 'talking'
        ) inside
        CROSS JOIN LATERAL (
            SELECT count(*) AS agents,
                   count(*) FILTER (WHERE other.is_signed_in AND other.paused_at IS NULL) AS on_duty
            FROM public.telephony_queuemember other
            WHERE other.queue_id = queue.id
        ) duty
        WHERE member.employee_id = employee.id
    ) mine ON true
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(
            jsonb_build_object(
                'kind', latest.kind, 'name', latest.name, 'began', latest.began_at, 'ended', latest.ended_at,
                'is_new', latest.seen_at IS NULL
            ) ORDER BY latest.began_at DESC
        ) AS bell
        FROM (
            SELECT phone.kind, phone.name, outage.began_at, outage.ended_at, outage.seen_at
            FROM public.telephony_phoneoutage outage
            JOIN public.telephony_phone phone ON phone.id = outage.phone_id
            WHERE outage.employee_id = employee.id AND outage.began_at > now() - interval '7 days'
            ORDER BY outage.began_at DESC
            LIMIT 6
        ) latest
    ) bell ON true
    LEFT JOIN LATERAL (
        SELECT jsonb_build_object(
                   'by', author.name, 'note', said.note, 'at', said.note_at,
                   'is_new', said.note_seen_at IS NULL OR said.note_seen_at < said.note_at
               ) AS noted
        FROM public.telephony_presence said
        JOIN public.tenancy_employee author ON author.id = said.note_author_id
        WHERE said.employee_id = employee.id AND said.note_author_id <> employee.id AND said.note <> ''
          AND said.note_at IS NOT NULL
    ) noted ON true
    LEFT JOIN LATERAL (
        SELECT jsonb_build_object(
                   'count', count(*), 'legs', jsonb_agg(unseen.leg), 'at', max(unseen.began_at),
                   'name', coalesce((array_agg(caller.name ORDER BY unseen.began_at DESC, unseen.leg DESC))[1], ''),
                   'number', (array_agg(unseen.caller_number ORDER BY unseen.began_at DESC, unseen.leg DESC))[1]
               ) AS missed
        FROM switch.missed_calls(employee.id) unseen
        LEFT JOIN public.tenancy_employee caller ON caller.id = unseen.caller_id
        HAVING count(*) > 0
    ) missed ON true
    WHERE employee.id = ANY (p_employees) AND employee.customer_id = ANY (public.opened_customers())
$function$;
ALTER FUNCTION switch.standing_of(bigint[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.standing_of(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.standing_of(bigint[]) TO app;
