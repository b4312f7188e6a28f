-- A call begins to ring at a phone that takes it by a code: a leg of its own, so that the record says who answered and
-- why. Where a queue has rung the phone for it already, its leg says so. Other arguments are those of call_steps.
-- Returns how many legs say so.
CREATE OR REPLACE FUNCTION switch.call_picked_up(p_call text, p_tag text, p_at numeric, p_phone bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    begun integer;
    told integer;
BEGIN
    UPDATE public.telephony_callleg leg SET why = 'picked_up'
    FROM switch.open_call open
    WHERE open.call = switch.call_key(p_call, p_tag) AND leg.record_id = open.record_id
      AND leg.started_at = open.started_at AND leg.phone_id = p_phone AND leg.role = 'rung' AND leg.ended_at IS NULL;
    GET DIAGNOSTICS told = ROW_COUNT;
    IF told > 0 THEN
        RETURN told;
    END IF;
    INSERT INTO public.telephony_callleg (
        record_id, started_at, customer_id, employee_id, phone_id, queue_id, place, step, role, part, number, why,
        profile, began_at
    )
    SELECT open.record_id, open.started_at, open.customer_id, phone.employee_id, phone.id, known.queue, known.place + 1,
           known.step, 'rung', CASE WHEN known.is_in THEN '' ELSE 'missed' END, '', 'picked_up', '', to_timestamp(p_at)
    FROM switch.open_call open
    JOIN public.telephony_phone phone ON phone.id = p_phone AND phone.customer_id = open.customer_id
    CROSS JOIN LATERAL (
        SELECT max(leg.place) AS place, max(leg.step) AS step,
               max(leg.queue_id) FILTER (WHERE leg.role = 'queue' AND leg.ended_at IS NULL) AS queue,
               bool_or(leg.employee_id = phone.employee_id) AS is_in
        FROM public.telephony_callleg leg
        WHERE leg.record_id = open.record_id AND leg.started_at = open.started_at
    ) known
    WHERE open.call = switch.call_key(p_call, p_tag) AND known.step IS NOT NULL;
    GET DIAGNOSTICS begun = ROW_COUNT;
    RETURN begun;
END
$function$;
ALTER FUNCTION switch.call_picked_up(text, text, numeric, bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_picked_up(text, text, numeric, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.call_picked_up(text, text, numeric, bigint) TO kamailio;
