-- Return a plan and behind it, from step p_next on, what a ring profile rings. A step in which nothing can ring now
-- is left out; when none can, calls go where the profile says for "no phone signed in", else for "nobody answers".
-- Do not disturb, and a call that is up where the profile is busy during calls, ring nothing: calls go as when busy.
-- p_seen are the employees, and as negative numbers the profiles, that the call has been with. A plan that has grown
-- beyond a hundred rows is not followed further: every branch doubles it, and all calls wait for one that is too large.
CREATE OR REPLACE FUNCTION switch.plan_profile(
    p_plan switch.ring[], p_next integer, p_profile bigint, p_employee bigint, p_internal boolean, p_at timestamptz,
    p_seen bigint[]
) RETURNS switch.ring[]
LANGUAGE plpgsql STABLE
AS $function$
DECLARE
    ringing switch.ring[] := '{}';
    -- Of members in steps, by their place; `steps` of them ring.
    member record;
    place integer := -1;
    before integer := 0;
    steps integer := 0;
    outside text;
    planned switch.ring[];
    begins integer := cardinality(p_plan) + 1;
    next integer;
    busy integer := 0;
    unanswered integer := 0;
    seen bigint[] := p_seen || -p_profile;
    silent text;
    target public.telephony_ringtarget;
    if_always public.telephony_ringtarget;
    if_busy public.telephony_ringtarget;
    if_offline public.telephony_ringtarget;
    if_unanswered public.telephony_ringtarget;
BEGIN
    IF -p_profile = ANY (p_seen) OR cardinality(p_seen) > 8 OR cardinality(p_plan) > 100 THEN
        RETURN p_plan || ROW(p_next, 0, 'end', '480', 0, 0, NULL, NULL, p_employee, NULL, 'loop')::switch.ring;
    END IF;
    -- What is said for colleagues or for callers from outside goes before what is said for everybody.
    FOR target IN
        SELECT * FROM public.telephony_ringtarget said
        WHERE said.profile_id = p_profile
          AND said.callers IN ('everybody', CASE WHEN p_internal THEN 'internal' ELSE 'external' END)
        ORDER BY said.callers <> 'everybody'
    LOOP
        CASE target.situation
            WHEN 'always' THEN if_always := target;
            WHEN 'busy' THEN if_busy := target;
            WHEN 'offline' THEN if_offline := target;
            WHEN 'no_answer' THEN if_unanswered := target;
        END CASE;
    END LOOP;
    IF if_always.id IS NOT NULL THEN
        RETURN switch.plan_target(p_plan, p_next, if_always, p_internal, p_at, seen);
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
        RETURN CASE
            WHEN if_busy.id IS NOT NULL THEN switch.plan_target(p_plan, p_next, if_busy, p_internal, p_at, seen)
            WHEN if_unanswered.id IS NOT NULL
                THEN switch.plan_target(p_plan, p_next, if_unanswered, p_internal, p_at, seen)
            ELSE p_plan || ROW(p_next, 0, 'end', '486', 0, 0, NULL, NULL, p_employee, NULL, silent)::switch.ring
        END;
    END IF;
    FOR member IN
        SELECT step.position, step.seconds, step.employee_id, step.customer_id, rung.colleague_id, rung.number,
               phone.id AS phone_id, phone.number AS mobile,
               CASE
                   -- Looked up for each of the few phones: without this all that is registered might be read for them.
                   WHEN EXISTS (
                       SELECT FROM kam.location location
                       WHERE location.username = lower(phone.username) AND location.domain = lower(domain.name)
                         AND location.expires > now() AT TIME ZONE 'UTC'
                       OFFSET 0
                   ) THEN 'sip:' || lower(phone.username) || '@' || lower(domain.name)
               END AS uri
        FROM public.telephony_ringstep step
        JOIN public.telephony_ringmember rung ON rung.step_id = step.id
        LEFT JOIN public.telephony_phone phone
          ON phone.id = rung.phone_id AND phone.employee_id = p_employee AND phone.ended_at IS NULL AND phone.is_enabled
        LEFT JOIN public.telephony_sipdomain domain ON domain.id = phone.sip_domain_id AND domain.ended_at IS NULL
        WHERE step.profile_id = p_profile
        ORDER BY step.position
    LOOP
        IF member.position <> place THEN
            place := member.position;
            steps := steps + (cardinality(ringing) > before)::integer;
            before := cardinality(ringing);
        END IF;
        IF member.uri IS NOT NULL THEN
            ringing := ringing || ROW(
                p_next + steps, member.seconds, 'phone', member.uri, 0, 0, NULL, member.phone_id, member.employee_id,
                member.customer_id, 'profile'
            )::switch.ring;
        END IF;
        IF member.colleague_id IS NOT NULL THEN
            ringing := ringing || ARRAY(
                SELECT ROW(
                    p_next + steps, member.seconds, phone.kind, phone.uri, 0, 0,
                    CASE WHEN phone.kind = 'trunk' THEN
                        switch.outgoing_number(member.customer_id, p_employee, p_at)
                    END,
                    phone.phone_id, member.colleague_id, member.customer_id, 'profile'
                )::switch.ring
                FROM switch.reachable_at(member.colleague_id, p_at) phone
            );
        ELSIF member.phone_id IS NULL OR member.mobile <> '' THEN
            outside := CASE WHEN member.phone_id IS NULL THEN member.number ELSE member.mobile END;
            -- What is not written out in full would pass by the destinations that are shut.
            IF (member.phone_id IS NOT NULL OR outside ~ '^[+][1-9][0-9]{5,14}$')
                AND switch.trunk_uri(outside) IS NOT NULL AND switch.call_refusal(member.customer_id, outside) IS NULL
            THEN
                ringing := ringing || ROW(
                    p_next + steps, member.seconds, 'trunk', switch.trunk_uri(outside), 0, 0,
                    switch.outgoing_number(member.customer_id, p_employee, p_at), member.phone_id, member.employee_id,
                    member.customer_id, 'profile'
                )::switch.ring;
            END IF;
        END IF;
    END LOOP;
    steps := steps + (cardinality(ringing) > before)::integer;
    IF cardinality(ringing) > 1 THEN
        -- The switch adds a trunk's branch before those of phones.
        ringing := ARRAY(SELECT row FROM unnest(ringing) row ORDER BY row.step, row.kind DESC, row.phone_id);
    END IF;
    IF steps = 0 THEN
        RETURN CASE
            WHEN if_offline.id IS NOT NULL THEN switch.plan_target(p_plan, p_next, if_offline, p_internal, p_at, seen)
            WHEN if_unanswered.id IS NOT NULL
                THEN switch.plan_target(p_plan, p_next, if_unanswered, p_internal, p_at, seen)
            ELSE p_plan || ROW(p_next, 0, 'end', '480', 0, 0, NULL, NULL, p_employee, NULL, 'offline')::switch.ring
        END;
    END IF;
    planned := p_plan || ringing;
    next := p_next + steps;
    IF if_unanswered.id IS NOT NULL THEN
        unanswered := next;
        planned := switch.plan_target(planned, next, if_unanswered, p_internal, p_at, seen);
        -- The last of a plan has its highest step.
        next := planned[cardinality(planned)].step + 1;
    END IF;
    IF if_busy.id IS NOT NULL THEN
        busy := next;
        planned := switch.plan_target(planned, next, if_busy, p_internal, p_at, seen);
    END IF;
    FOR at_row IN begins .. begins + cardinality(ringing) - 1 LOOP
        planned[at_row].if_unanswered :=
            CASE WHEN planned[at_row].step < p_next + steps - 1 THEN planned[at_row].step + 1 ELSE unanswered END;
        planned[at_row].if_busy := CASE WHEN busy > 0 THEN busy ELSE planned[at_row].if_unanswered END;
    END LOOP;
    RETURN planned;
END
$function$;
ALTER FUNCTION switch.plan_profile(switch.ring[], integer, bigint, bigint, boolean, timestamptz, bigint[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.plan_profile(switch.ring[], integer, bigint, bigint, boolean, timestamptz, bigint[]) FROM PUBLIC;
