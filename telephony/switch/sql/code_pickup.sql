-- Find the call that a phone takes by a code: one that rings at a local number's employee, one that rings or waits in a
-- queue, or, with no number, one that rings at somebody in the employee's pickup groups (G26); of several the one that
-- has waited longest. call says how the switch reaches it: 'wait' for one that sleeps in its queue and is offered to
-- the phone here, 'ring' for a queue's call that rings elsewhere, both by t_index and t_label; else the call's key (see
-- call_key), for calls that the switch has in mind itself.
CREATE OR REPLACE FUNCTION switch.code_pickup(
    p_phone bigint, p_customer bigint, p_employee bigint, p_number text,
    OUT result text, OUT what text, OUT call text, OUT t_index bigint, OUT t_label bigint
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET lock_timeout = '300ms'
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    people bigint[];
    of_queue bigint;
    queued public.telephony_queuecall;
    ringing record;
BEGIN
    result := 'nothing_rings';
    IF p_number = '' THEN
        people := ARRAY(
            SELECT other.employee_id
            FROM public.telephony_pickupmember own
            JOIN public.telephony_pickupmember other ON other.group_id = own.group_id
            WHERE own.employee_id = p_employee AND own.customer_id = p_customer AND other.employee_id <> p_employee
        );
        IF people = '{}' THEN
            result := 'no_group';
            RETURN;
        END IF;
    ELSE
        SELECT ARRAY[extension.employee_id], listed.id INTO people, of_queue
        FROM public.telephony_extension extension
        LEFT JOIN public.telephony_queue listed ON listed.extension_id = extension.id AND listed.ended_at IS NULL
        WHERE extension.customer_id = p_customer AND extension.number = p_number;
        IF NOT FOUND OR people[1] IS NULL AND of_queue IS NULL THEN
            result := 'unknown_number';
            RETURN;
        END IF;
    END IF;
    -- A process of the switch waits here for whoever finds agents, and no longer than that takes.
    BEGIN
        SELECT waiting.* INTO queued
        FROM public.telephony_queuecall waiting
        WHERE waiting.customer_id = p_customer AND waiting.ended_at IS NULL AND (
            waiting.queue_id = of_queue AND waiting.state IN ('waiting', 'ringing')
            OR waiting.state = 'ringing' AND EXISTS (
                SELECT FROM public.telephony_queueoffer offer
                WHERE offer.call_id = waiting.id AND offer.ended_at IS NULL AND offer.employee_id = ANY (people)
            )
        )
        ORDER BY waiting.entered_at, waiting.id
        LIMIT 1
        -- The dispatch holds it for a moment, several times a second.
        FOR UPDATE;
    EXCEPTION WHEN lock_not_available THEN
        RETURN;
    END;
    IF queued.id IS NOT NULL THEN
        -- What would not ring, as while one is not to be disturbed, is not missed either.
        IF NOT EXISTS (SELECT FROM switch.queue_phones(queued.queue_id, p_employee, p_phone)) THEN
            RETURN;
        END IF;
        INSERT INTO public.telephony_queueoffer (customer_id, call_id, employee_id, phone_id, offered_at, outcome)
        VALUES (p_customer, queued.id, p_employee, p_phone, now(), '')
        ON CONFLICT DO NOTHING;
        -- Whoever has an offer already is not given a second one that has to be woken.
        IF NOT FOUND AND queued.state = 'waiting' THEN
            RETURN;
        END IF;
        result := 'picked_up';
        what := coalesce(nullif(queued.caller_name, ''), queued.caller);
        call := CASE queued.state WHEN 'waiting' THEN 'wait' ELSE 'ring' END;
        t_index := queued.t_index;
        t_label := queued.t_label;
        RETURN;
    END IF;
    SELECT open.call, coalesce(nullif(caller.name, ''), record.caller_number) AS caller INTO ringing
    FROM switch.open_call open
    JOIN public.telephony_callleg leg
      ON leg.record_id = open.record_id AND leg.started_at = open.started_at AND leg.customer_id = p_customer
    JOIN public.telephony_callrecord record ON record.id = open.record_id AND record.started_at = open.started_at
    LEFT JOIN public.tenancy_employee caller ON caller.id = record.caller_id
    WHERE open.customer_id = p_customer AND NOT open.is_answered AND leg.role = 'rung' AND leg.ended_at IS NULL
      AND leg.rang_at IS NOT NULL AND leg.outcome = '' AND leg.employee_id = ANY (people)
      AND record.caller_id IS DISTINCT FROM p_employee
      -- What somebody calls outside the company rings nobody here, and help least of all.
      AND leg.employee_id IS DISTINCT FROM record.caller_id AND leg.why <> 'emergency'
    ORDER BY leg.rang_at
    LIMIT 1;
    IF ringing.call IS NOT NULL THEN
        result := 'picked_up';
        what := ringing.caller;
        call := ringing.call;
    END IF;
END
$function$;
ALTER FUNCTION switch.code_pickup(bigint, bigint, bigint, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.code_pickup(bigint, bigint, bigint, text) FROM PUBLIC;
