-- Return what rings for a call that was offered to agents: addresses of record and trunks, as in switch.ring. No row
-- when none of their phones can be reached any more. told is the same as the record takes it, see queue_legs, in the
-- first row: p_step is the queue's in the plan. The call's name is in hex.
CREATE OR REPLACE FUNCTION switch.queue_targets(p_call text, p_step integer DEFAULT 1)
RETURNS TABLE (kind text, uri text, seconds integer, shows text, answers_itself integer, told text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 3
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT phone.kind, phone.uri, queue.ring_seconds::integer,
           CASE WHEN phone.kind = 'trunk' THEN switch.outgoing_number(queue.customer_id, offer.employee_id, now()) END,
           (offer.phone_id IS NOT NULL)::integer,
           CASE row_number() OVER (ORDER BY phone.kind DESC, phone.phone_id) WHEN 1 THEN string_agg(
               concat_ws(
                   ',', p_step, phone.kind, phone.phone_id, offer.employee_id, 'queue',
                   CASE phone.kind WHEN 'trunk' THEN split_part(substr(phone.uri, 5), '@', 1) ELSE '' END
               ) || ';', ''
           ) OVER () END
    FROM public.telephony_queuecall call
    JOIN public.telephony_queue queue ON queue.id = call.queue_id
    JOIN public.telephony_queueoffer offer ON offer.call_id = call.id AND offer.ended_at IS NULL
    CROSS JOIN LATERAL switch.queue_phones(call.queue_id, offer.employee_id, offer.phone_id) phone
    WHERE call.call_id = left(switch.text_of(p_call), 255) AND call.ended_at IS NULL
    -- The switch adds a trunk's branch before those of phones.
    ORDER BY phone.kind DESC, phone.phone_id;
END
$function$;
ALTER FUNCTION switch.queue_targets(text, integer) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_targets(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.queue_targets(text, integer) TO kamailio;
