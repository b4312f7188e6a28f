-- A call goes on to a step of its plan: what rang before has not answered, and what the step rings gets legs. The first
-- leg of each employee in a call is the line of the call in that employee's history, until then as 'missed'. p_call and
-- p_tag are Call-ID and the caller's tag, in hex, and p_at is when, in seconds since 1970. Returns how many legs were
-- begun.
CREATE OR REPLACE FUNCTION switch.call_steps(p_call text, p_tag text, p_at numeric, p_step integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    going switch.open_call;
    moment timestamptz := to_timestamp(p_at);
    more integer;
    begun integer := 0;
BEGIN
    FOR going IN SELECT * FROM switch.open_call open WHERE open.call = switch.call_key(p_call, p_tag) LOOP
        UPDATE public.telephony_callleg leg
        SET ended_at = moment,
            outcome = CASE
                WHEN leg.outcome <> '' THEN leg.outcome
                WHEN leg.role = 'queue' THEN switch.wait_outcome(leg.queue_id, leg.began_at, moment)
                ELSE 'unanswered'
            END
        WHERE leg.record_id = going.record_id AND leg.started_at = going.started_at
          AND leg.role IN ('rung', 'queue') AND leg.ended_at IS NULL;
        INSERT INTO public.telephony_callleg (
            record_id, started_at, customer_id, employee_id, phone_id, queue_id, place, step, role, part, number, why,
            profile, began_at
        )
        SELECT going.record_id, going.started_at, going.customer_id, planned.employee_id, planned.phone_id,
               CASE WHEN planned.kind = 'queue' THEN nullif(planned.number, '')::bigint END, planned.place, planned.step,
               CASE WHEN planned.kind IN ('end', 'queue') THEN planned.kind ELSE 'rung' END,
               CASE
                   -- What a queue rings, or passes on, is in nobody's name.
                   WHEN planned.employee_id IS NULL THEN ''
                   WHEN row_number() OVER (PARTITION BY planned.employee_id ORDER BY planned.place) = 1
                    AND NOT EXISTS (
                        SELECT FROM public.telephony_callleg leg
                        WHERE leg.record_id = going.record_id AND leg.started_at = going.started_at
                          AND leg.employee_id = planned.employee_id
                    ) THEN 'missed'
                   ELSE ''
               END,
               CASE planned.kind WHEN 'trunk' THEN planned.number ELSE '' END, planned.why,
               coalesce((
                   SELECT coalesce(nullif(profile.name, ''), profile.template)
                   FROM public.telephony_ringprofile profile
                   WHERE planned.why IN ('profile', 'ended_by_profile', 'public_network')
                     -- A forward goes before the profile, which has no part in it then.
                     AND (planned.why <> 'public_network' OR NOT EXISTS (
                         SELECT FROM public.telephony_forward forward
                         WHERE forward.employee_id = planned.employee_id AND forward.number = planned.number
                     ))
                     AND profile.id = switch.profile_at(planned.employee_id, moment)
               ), ''),
               moment
        FROM switch.planned_legs(going.plan) planned
        WHERE planned.step = p_step AND planned.customer_id = going.customer_id;
        GET DIAGNOSTICS more = ROW_COUNT;
        begun := begun + more;
        -- What rang at somebody and goes on to a queue is missed there, if anywhere.
        IF going.plan ~ ('(^|;)' || p_step || ',queue,') THEN
            UPDATE public.telephony_callleg leg SET part = 'led'
            WHERE leg.record_id = going.record_id AND leg.started_at = going.started_at AND leg.part = 'missed'
              AND leg.queue_id IS NULL;
        END IF;
    END LOOP;
    RETURN begun;
END
$function$;
ALTER FUNCTION switch.call_steps(text, text, numeric, integer) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_steps(text, text, numeric, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.call_steps(text, text, numeric, integer) TO kamailio;
