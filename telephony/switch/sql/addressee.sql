-- Find whom an address is about: one phone's own address, or a local number at a domain of the same customer.
-- phone_id is null for a local number. No row for an address that is not in use.
CREATE OR REPLACE FUNCTION switch.addressee(p_user text, p_domain text)
RETURNS TABLE (employee_id bigint, phone_id bigint, customer_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT employee.id, found.phone_id, employee.customer_id
    FROM public.telephony_sipdomain domain
    CROSS JOIN LATERAL (
        SELECT phone.employee_id, phone.id AS phone_id
        FROM public.telephony_phone phone
        WHERE phone.sip_domain_id = domain.id AND lower(phone.username) = lower(p_user) AND phone.ended_at IS NULL
        UNION ALL
        SELECT extension.employee_id, NULL
        FROM public.telephony_extension extension
        WHERE extension.customer_id = domain.customer_id AND extension.number = p_user
        LIMIT 1
    ) found
    JOIN public.tenancy_employee employee ON employee.id = found.employee_id AND employee.ended_at IS NULL
    WHERE lower(domain.name) = lower(p_domain) AND domain.ended_at IS NULL
$function$;
ALTER FUNCTION switch.addressee(text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.addressee(text, text) FROM PUBLIC;
