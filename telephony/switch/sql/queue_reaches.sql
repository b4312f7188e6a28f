-- Note that a phone of a company's (p_phone) has reached somebody: who called a queue in vain from there has been called
-- back. p_ruid is the registration that answered, and without one p_rang is the number that was rung through a trunk: a
-- colleague's phone settles what that colleague has called in vain from a local number, wherever it was dialled. p_number is
-- what was dialled; see queue_reached. Texts are in hex. Returns how many calls that settles.
CREATE OR REPLACE FUNCTION switch.queue_reaches(p_phone bigint, p_number text, p_ruid text, p_rang text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    calls public.telephony_phone;
    reached bigint;
    settled integer := 0;
    more integer;
BEGIN
    SELECT * INTO calls FROM public.telephony_phone phone WHERE phone.id = p_phone;
    IF p_ruid = '' THEN
        settled := switch.queue_reached(p_phone, p_number);
    END IF;
    SELECT phone.employee_id INTO reached
    FROM public.telephony_phone phone
    WHERE phone.customer_id = calls.customer_id AND phone.ended_at IS NULL AND phone.employee_id <> calls.employee_id
      AND CASE
          WHEN p_ruid <> '' THEN phone.id = switch.phone_of_ruid(p_ruid)
          ELSE phone.number = switch.text_of(p_rang) AND phone.number <> ''
      END
    LIMIT 1;
    IF reached IS NULL THEN
        RETURN settled;
    END IF;
    UPDATE public.telephony_queuecall call
    SET done_at = now(), done_by_id = calls.employee_id, done_how = 'reached'
    FROM public.telephony_extension extension
    WHERE extension.customer_id = calls.customer_id AND extension.employee_id = reached
      AND call.customer_id = calls.customer_id AND call.caller = extension.number
      -- Nobody sees older ones.
      AND call.entered_at > now() - interval '15 days'
      AND call.ended_at IS NOT NULL AND call.done_at IS NULL AND call.outcome IN ('abandoned', 'waited', 'full');
    GET DIAGNOSTICS more = ROW_COUNT;
    RETURN settled + more;
END
$function$;
ALTER FUNCTION switch.queue_reaches(bigint, text, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_reaches(bigint, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.queue_reaches(bigint, text, text, text) TO kamailio;
