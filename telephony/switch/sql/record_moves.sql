-- Write into the records of two calls that one was passed on to the other: the first says with whom it goes on, the
-- other who has come in, and for whoever passed it on both are over. p_told and p_who are what call_moves takes and
-- returns. Records stay as many as calls were made. Another company's records name no number that was seen in the one
-- that passed it on. Returns how many legs were begun.
CREATE OR REPLACE FUNCTION switch.record_moves(p_at numeric, p_told text, p_who text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    word text[] := string_to_array(p_told, '.');
    who text[] := string_to_array(p_who, '.');
    first_key text := switch.call_key(word[2], word[3]);
    next_key text := switch.call_key(word[5], word[6]);
    moment timestamptz := to_timestamp(p_at);
    kept public.telephony_phone;
    left_by bigint := who[2]::bigint;
    company bigint;
    begun integer;
BEGIN
    SELECT * INTO kept FROM public.telephony_phone phone WHERE phone.id = who[1]::bigint;
    SELECT phone.customer_id INTO company FROM public.telephony_phone phone WHERE phone.id = left_by;
    UPDATE public.telephony_callleg leg
    SET ended_at = moment
    FROM switch.open_call open
    WHERE open.call IN (first_key, next_key)
      AND leg.record_id = open.record_id AND leg.started_at = open.started_at AND leg.ended_at IS NULL
      AND leg.phone_id = left_by AND (leg.role = 'caller' OR leg.answered_at IS NOT NULL);
    INSERT INTO public.telephony_callleg (
        record_id, started_at, customer_id, employee_id, phone_id, place, role, part, number, why, outcome, began_at,
        answered_at, status, goes_on
    )
    SELECT open.record_id, open.started_at, open.customer_id,
           -- A leg belongs to an employee: whose history the call stands in, when it is an outside number's.
           CASE WHEN open.call = next_key THEN coalesce(kept.employee_id, known.employee_id) ELSE known.employee_id END,
           CASE WHEN open.call = next_key THEN kept.id END,
           900, CASE WHEN open.call = next_key THEN 'joined' ELSE 'passed_on' END, '',
           CASE
               WHEN company <> open.customer_id THEN ''
               ELSE left(switch.text_of(CASE WHEN open.call = next_key THEN who[3] ELSE who[4] END), 64)
           END, 'passed_on', 'answered', moment, moment, 200,
           (
               SELECT record.public_id
               FROM switch.open_call beside
               JOIN public.telephony_callrecord record
                 ON record.id = beside.record_id AND record.started_at = beside.started_at
               WHERE beside.call = CASE WHEN open.call = next_key THEN first_key ELSE next_key END
                 AND beside.customer_id = open.customer_id
           )
    FROM switch.open_call open
    CROSS JOIN LATERAL (
        SELECT leg.employee_id
        FROM public.telephony_callleg leg
        WHERE leg.record_id = open.record_id AND leg.started_at = open.started_at AND leg.employee_id IS NOT NULL
        ORDER BY leg.phone_id = left_by DESC NULLS LAST, leg.place
        LIMIT 1
    ) known
    WHERE open.call IN (first_key, next_key)
      AND (open.call = first_key OR kept.id IS NULL OR kept.customer_id = open.customer_id);
    GET DIAGNOSTICS begun = ROW_COUNT;
    -- Who sent it on without a word has one line of it: that of the call which was sent on.
    UPDATE public.telephony_callleg leg SET part = ''
    FROM switch.open_call open
    JOIN public.telephony_callrecord record ON record.id = open.record_id AND record.started_at = open.started_at
    WHERE open.call = next_key AND leg.record_id = open.record_id AND leg.started_at = open.started_at
      AND leg.role = 'caller' AND leg.phone_id = left_by
      AND (record.answered_at IS NULL OR record.answered_at > moment - interval '2 seconds');
    RETURN begun;
END
$function$;
ALTER FUNCTION switch.record_moves(numeric, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.record_moves(numeric, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.record_moves(numeric, text, text) TO kamailio;
