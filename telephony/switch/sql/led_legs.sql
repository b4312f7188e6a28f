-- Put a call into the history of those whom it was for and whose ring profile, or forward, leads it on without ringing
-- them: a leg each, in the order in which it passed them, with what held and why (always, busy_in_call, dnd, offline,
-- steps: the profile rings others, forwarded), and the queue or number that was meant, else the next leg says to whom.
-- p_record is a record that calls_begin has just made, p_plan what may ring. Such a call is nobody's missed call but of
-- those whom it came to. Returns how many legs were begun.
CREATE OR REPLACE FUNCTION switch.led_legs(
    p_record bigint, p_began timestamptz, p_customer bigint, p_dialled text, p_internal boolean, p_plan text
) RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $function$
DECLARE
    whom bigint := switch.called_employee(p_customer, p_dialled);
    seen bigint[] := '{}';
    first integer;
    at_first bigint[];
    anywhere bigint[];
    held bigint;
    profile public.telephony_ringprofile;
    target public.telephony_ringtarget;
    reason text;
    onward text;
    further bigint;
    begun integer := 0;
BEGIN
    IF whom IS NULL THEN
        RETURN 0;
    END IF;
    SELECT min(leg.step) INTO first FROM switch.planned_legs(p_plan) leg;
    SELECT array_agg(leg.employee_id) FILTER (WHERE leg.step = first), array_agg(leg.employee_id)
    INTO at_first, anywhere
    FROM switch.planned_legs(p_plan) leg
    WHERE leg.employee_id IS NOT NULL;
    WHILE whom IS NOT NULL AND NOT whom = ANY (seen) AND NOT whom = ANY (coalesce(at_first, '{}')) LOOP
        EXIT WHEN cardinality(seen) > 8;
        onward := (SELECT forward.number FROM public.telephony_forward forward WHERE forward.employee_id = whom);
        reason := NULL;
        further := NULL;
        target := NULL;
        IF onward IS NOT NULL THEN
            reason := 'forwarded';
            profile := NULL;
            further := switch.called_employee(p_customer, onward);
            target.queue_id := (
                SELECT queue.id
                FROM public.telephony_extension extension
                JOIN public.telephony_queue queue ON queue.extension_id = extension.id AND queue.ended_at IS NULL
                WHERE extension.customer_id = p_customer AND extension.number = onward
            );
        ELSE
            held := switch.profile_at(whom, p_began);
            -- One profile's steps may be another's.
            FOR turn IN 1 .. 8 LOOP
                EXIT WHEN held IS NULL;
                SELECT * INTO profile FROM public.telephony_ringprofile one WHERE one.id = held;
                IF reason IS NULL THEN
                    reason := CASE
                        WHEN EXISTS (
                            SELECT FROM public.telephony_ringtarget said
                            WHERE said.profile_id = held AND said.situation = 'always'
                              AND said.callers IN ('everybody', CASE WHEN p_internal THEN 'internal' ELSE 'external' END)
                        ) THEN 'always'
                        WHEN switch.silent_at(whom, p_began) THEN 'dnd'
                        WHEN profile.is_busy_in_call AND switch.is_in_call(whom) THEN 'busy_in_call'
                        ELSE 'offline'
                    END;
                END IF;
                target := NULL;
                SELECT * INTO target
                FROM public.telephony_ringtarget said
                WHERE said.profile_id = held
                  AND said.callers IN ('everybody', CASE WHEN p_internal THEN 'internal' ELSE 'external' END)
                  AND said.situation IN ('always', 'no_answer', CASE WHEN reason = 'offline' THEN 'offline' ELSE 'busy' END)
                ORDER BY said.situation = 'always' DESC, said.situation = 'no_answer', said.callers = 'everybody'
                LIMIT 1;
                EXIT WHEN target.other_id IS NULL;
                held := target.other_id;
            END LOOP;
            further := coalesce(target.colleague_id, switch.called_employee(p_customer, nullif(target.number, '')));
            -- What rings in a step of the profile is others' phones alone.
            IF reason = 'offline' AND EXISTS (
                SELECT FROM switch.planned_legs(p_plan) leg WHERE leg.step = first AND leg.why = 'profile'
            ) AND EXISTS (
                SELECT FROM public.telephony_ringstep step
                JOIN public.telephony_ringmember member ON member.step_id = step.id
                WHERE step.profile_id = held AND member.colleague_id = ANY (at_first)
            ) THEN
                EXIT WHEN whom = ANY (anywhere);
                reason := 'steps';
                target := NULL;
                further := NULL;
            ELSIF target.id IS NULL THEN
                reason := NULL;
            END IF;
        END IF;
        EXIT WHEN reason IS NULL;
        INSERT INTO public.telephony_callleg (
            record_id, started_at, customer_id, employee_id, queue_id, place, step, role, part, number, why, profile, began_at
        ) VALUES (
            p_record, p_began, p_customer, whom, target.queue_id, 0, first, 'led',
            CASE WHEN EXISTS (
                SELECT FROM public.telephony_callleg leg
                WHERE leg.record_id = p_record AND leg.started_at = p_began AND leg.employee_id = whom
            ) THEN '' ELSE 'led' END,
            coalesce(onward, target.number, ''), reason,
            coalesce(nullif(profile.name, ''), profile.template, ''), p_began
        );
        IF begun = 0 THEN
            UPDATE public.telephony_callrecord record SET employee_id = whom
            WHERE record.id = p_record AND record.started_at = p_began;
        END IF;
        begun := begun + 1;
        seen := seen || whom;
        whom := further;
    END LOOP;
    RETURN begun;
END
$function$;
ALTER FUNCTION switch.led_legs(bigint, timestamptz, bigint, text, boolean, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.led_legs(bigint, timestamptz, bigint, text, boolean, text) FROM PUBLIC;
