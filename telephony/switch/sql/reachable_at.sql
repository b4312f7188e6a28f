-- Return an employee's phones that a call reaches: SIP phones that are registered now, and mobiles through the trunk;
-- none while the employee is not to be disturbed at that time.
CREATE OR REPLACE FUNCTION switch.reachable_at(p_employee bigint, p_at timestamptz)
RETURNS TABLE (phone_id bigint, customer_id bigint, kind text, uri text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 3
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF switch.silent_at(p_employee, p_at) THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT phone.id, phone.customer_id, 'phone', 'sip:' || lower(phone.username) || '@' || lower(domain.name)
    FROM public.telephony_phone phone
    JOIN public.telephony_sipdomain domain ON domain.id = phone.sip_domain_id AND domain.ended_at IS NULL
    WHERE phone.employee_id = p_employee AND phone.ended_at IS NULL AND phone.is_enabled
      AND EXISTS (
          SELECT FROM kam.location location
          WHERE location.username = lower(phone.username)
            AND location.domain = lower(domain.name)
            AND location.expires > now() AT TIME ZONE 'UTC'
          -- Looked up for each of the few phones: without this all that is registered might be read for them.
          OFFSET 0
      )
    UNION ALL
    SELECT phone.id, phone.customer_id, 'trunk', switch.trunk_uri(phone.number)
    FROM public.telephony_phone phone
    WHERE phone.employee_id = p_employee AND phone.ended_at IS NULL AND phone.is_enabled AND phone.number <> ''
      AND switch.trunk_uri(phone.number) IS NOT NULL
      AND switch.call_refusal(phone.customer_id, phone.number) IS NULL;
END
$function$;
ALTER FUNCTION switch.reachable_at(bigint, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.reachable_at(bigint, timestamptz) FROM PUBLIC;
