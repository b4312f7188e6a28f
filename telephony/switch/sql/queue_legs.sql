-- Take down what a queue does with a call that came there as step p_step of its plan: p_what is offer (the phones in
-- p_offers ring, written as the rows of a plan, see planned_legs), missed (none of them took it), or full. A call that
-- rings a mobile counts from then on among those that calls_at_once holds. Other arguments are those of call_steps.
-- Returns how many legs were begun.
CREATE OR REPLACE FUNCTION switch.queue_legs(
    p_call text, p_tag text, p_at numeric, p_step integer, p_what text, p_offers text
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    going switch.open_call;
    moment timestamptz := to_timestamp(p_at);
    in_queue bigint;
    more integer;
    begun integer := 0;
BEGIN
    FOR going IN SELECT * FROM switch.open_call open WHERE open.call = switch.call_key(p_call, p_tag) LOOP
        UPDATE public.telephony_callleg leg
        SET ended_at = moment, outcome = CASE WHEN leg.outcome = '' THEN 'unanswered' ELSE leg.outcome END
        WHERE leg.record_id = going.record_id AND leg.started_at = going.started_at
          AND leg.role = 'rung' AND leg.why = 'queue' AND leg.step = p_step AND leg.ended_at IS NULL;
        UPDATE public.telephony_callleg leg
        SET ended_at = CASE p_what WHEN 'full' THEN moment END, outcome = CASE p_what WHEN 'full' THEN 'full' ELSE '' END
        WHERE leg.record_id = going.record_id AND leg.started_at = going.started_at
          AND leg.role = 'queue' AND leg.step = p_step AND leg.ended_at IS NULL
        RETURNING leg.queue_id INTO in_queue;
        CONTINUE WHEN p_what <> 'offer' OR in_queue IS NULL;
        INSERT INTO public.telephony_callleg (
            record_id, started_at, customer_id, employee_id, phone_id, queue_id, place, step, role, part, number, why,
            began_at
        )
        SELECT going.record_id, going.started_at, going.customer_id, offered.employee_id, offered.phone_id, in_queue,
               offered.place, p_step, 'rung',
               CASE
                   WHEN row_number() OVER (PARTITION BY offered.employee_id ORDER BY offered.place) = 1
                    AND NOT EXISTS (
                        SELECT FROM public.telephony_callleg leg
                        WHERE leg.record_id = going.record_id AND leg.started_at = going.started_at
                          AND leg.employee_id = offered.employee_id
                    ) THEN 'missed'
                   ELSE ''
               END,
               offered.number, 'queue', moment
        FROM switch.planned_legs(p_offers) offered
        WHERE offered.customer_id = going.customer_id AND offered.employee_id IS NOT NULL;
        GET DIAGNOSTICS more = ROW_COUNT;
        begun := begun + more;
        UPDATE switch.open_call open SET plan = open.plan || '0,trunk,0,0,queue,;'
        WHERE open.call = going.call AND open.customer_id = going.customer_id
          AND p_offers ~ '(^|;)[0-9]+,trunk,' AND open.plan !~ '(^|;)[0-9]+,trunk,';
    END LOOP;
    RETURN begun;
END
$function$;
ALTER FUNCTION switch.queue_legs(text, text, numeric, integer, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_legs(text, text, numeric, integer, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.queue_legs(text, text, numeric, integer, text, text) TO kamailio;
