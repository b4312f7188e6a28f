-- Add to a plan what a ring profile rings, and return the step where that begins. A step in which nothing can ring now
-- is left out; when none can, calls go where the profile says for "no phone signed in", else for "nobody answers".
-- Do not disturb, and a call that is up where the profile is busy during calls, ring nothing: calls go as when busy.
-- p_seen are the employees, and as negative numbers the profiles, that the call has been with. A plan that has grown
-- beyond a hundred rows is not followed further: every branch doubles it, and all calls wait for one that is too large.
CREATE OR REPLACE FUNCTION switch.plan_profile(
    INOUT p_plan switch.ring[], INOUT p_next integer, OUT entry integer,
    p_profile bigint, p_employee bigint, p_internal boolean, p_at timestamptz, p_seen bigint[]
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    ringing switch.ring[];
    steps integer;
    begins integer := coalesce(cardinality(p_plan), 0) + 1;
    busy integer;
    unanswered integer;
    seen bigint[] := p_seen || -p_profile;
    silent text;
BEGIN
    entry := p_next;
    IF -p_profile = ANY (p_seen) OR cardinality(p_seen) > 8 OR cardinality(p_plan) > 100 THEN
        p_plan := p_plan || ROW(entry, 0, 'end', '480', 0, 0, NULL, NULL, p_employee, NULL, 'loop')::switch.ring;
        p_next := p_next + 1;
        RETURN;
    END IF;
    SELECT planned.p_plan, planned.p_next, planned.entry INTO p_plan, p_next, entry
    FROM switch.plan_target(p_plan, p_next, p_profile, 'always', p_internal, p_at, seen) planned;
    IF entry > 0 THEN
        RETURN;
    END IF;
    silent := CASE
        WHEN switch.silent_at(p_employee, p_at) THEN 'dnd'
        WHEN EXISTS (
            SELECT FROM public.telephony_ringprofile profile
            JOIN switch.live_call live ON live.employee_id = p_employee
            WHERE profile.id = p_profile AND profile.is_busy_in_call
              AND (live.state = 'confirmed' OR live.direction = 'initiator')
        ) THEN 'busy_in_call'
    END;
    IF silent IS NOT NULL THEN
        SELECT planned.p_plan, planned.p_next, planned.entry INTO p_plan, p_next, entry
        FROM switch.plan_target(p_plan, p_next, p_profile, 'busy', p_internal, p_at, seen) planned;
        IF entry = 0 THEN
            SELECT planned.p_plan, planned.p_next, planned.entry INTO p_plan, p_next, entry
            FROM switch.plan_target(p_plan, p_next, p_profile, 'no_answer', p_internal, p_at, seen) planned;
        END IF;
        IF entry = 0 THEN
            entry := p_next;
            p_next := p_next + 1;
            p_plan := p_plan || ROW(entry, 0, 'end', '486', 0, 0, NULL, NULL, p_employee, NULL, silent)::switch.ring;
        END IF;
        RETURN;
    END IF;
    entry := p_next;
    WITH reached AS (
        SELECT step.position, step.seconds, phone.kind, phone.uri, phone.phone_id, step.employee_id, step.customer_id
        FROM public.telephony_ringstep step
        JOIN public.telephony_ringmember member ON member.step_id = step.id AND member.phone_id IS NOT NULL
        JOIN switch.reachable_at(p_employee, p_at) phone ON phone.phone_id = member.phone_id
        WHERE step.profile_id = p_profile
        UNION ALL
        SELECT step.position, step.seconds, phone.kind, phone.uri, phone.phone_id, member.colleague_id, step.customer_id
        FROM public.telephony_ringstep step
        JOIN public.telephony_ringmember member ON member.step_id = step.id AND member.colleague_id IS NOT NULL
        CROSS JOIN LATERAL switch.reachable_at(member.colleague_id, p_at) phone
        WHERE step.profile_id = p_profile
        UNION ALL
        SELECT step.position, step.seconds, 'trunk', switch.trunk_uri(member.number), NULL, step.employee_id,
               step.customer_id
        FROM public.telephony_ringstep step
        -- What is not written out in full would pass by the destinations that are shut.
        JOIN public.telephony_ringmember member
          ON member.step_id = step.id AND member.number ~ '^[+][1-9][0-9]{5,14}$'
        WHERE step.profile_id = p_profile
          AND switch.trunk_uri(member.number) IS NOT NULL
          AND switch.call_refusal(step.customer_id, member.number) IS NULL
    ), numbered AS (
        SELECT reached.*, dense_rank() OVER (ORDER BY reached.position)::integer AS rank FROM reached
    )
    SELECT array_agg(
               ROW(
                   entry + numbered.rank - 1, numbered.seconds, numbered.kind, numbered.uri, 0, 0,
                   CASE WHEN numbered.kind = 'trunk' THEN
                       switch.outgoing_number(numbered.customer_id, p_employee, p_at)
                   END,
                   numbered.phone_id, numbered.employee_id, numbered.customer_id, 'profile'
               )::switch.ring
               -- The switch adds a trunk's branch before those of phones.
               ORDER BY numbered.rank, numbered.kind DESC, numbered.phone_id
           ),
           max(numbered.rank)
    INTO ringing, steps
    FROM numbered;
    IF steps IS NULL THEN
        SELECT planned.p_plan, planned.p_next, planned.entry INTO p_plan, p_next, entry
        FROM switch.plan_target(p_plan, p_next, p_profile, 'offline', p_internal, p_at, seen) planned;
        IF entry = 0 THEN
            SELECT planned.p_plan, planned.p_next, planned.entry INTO p_plan, p_next, entry
            FROM switch.plan_target(p_plan, p_next, p_profile, 'no_answer', p_internal, p_at, seen) planned;
        END IF;
        IF entry = 0 THEN
            entry := p_next;
            p_next := p_next + 1;
            p_plan := p_plan || ROW(entry, 0, 'end', '480', 0, 0, NULL, NULL, p_employee, NULL, 'offline')::switch.ring;
        END IF;
        RETURN;
    END IF;
    p_plan := p_plan || ringing;
    p_next := p_next + steps;
    SELECT planned.p_plan, planned.p_next, planned.entry INTO p_plan, p_next, unanswered
    FROM switch.plan_target(p_plan, p_next, p_profile, 'no_answer', p_internal, p_at, seen) planned;
    SELECT planned.p_plan, planned.p_next, planned.entry INTO p_plan, p_next, busy
    FROM switch.plan_target(p_plan, p_next, p_profile, 'busy', p_internal, p_at, seen) planned;
    FOR at_row IN begins .. begins + cardinality(ringing) - 1 LOOP
        p_plan[at_row].if_unanswered :=
            CASE WHEN p_plan[at_row].step < entry + steps - 1 THEN p_plan[at_row].step + 1 ELSE unanswered END;
        p_plan[at_row].if_busy := CASE WHEN busy > 0 THEN busy ELSE p_plan[at_row].if_unanswered END;
    END LOOP;
END
$function$;
ALTER FUNCTION switch.plan_profile(switch.ring[], integer, bigint, bigint, boolean, timestamptz, bigint[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.plan_profile(switch.ring[], integer, bigint, bigint, boolean, timestamptz, bigint[]) FROM PUBLIC;
