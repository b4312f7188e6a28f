-- Forward all calls to an employee to another number. A phone that is dialled on may be anybody's: only local numbers
-- and numbers of the customer's own country are taken. Returns what came of it: forwarded, abroad, refused, or null
-- for what is no number.
CREATE OR REPLACE FUNCTION switch.code_forward(p_customer bigint, p_employee bigint, p_country text, p_number text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    target text;
    owner bigint;
BEGIN
    SELECT extension.number, extension.employee_id INTO target, owner
    FROM public.telephony_extension extension
    WHERE extension.customer_id = p_customer AND extension.number = p_number;
    IF owner = p_employee THEN
        RETURN NULL;
    ELSIF target IS NULL THEN
        target := switch.international(p_number, p_country);
        IF target IS NULL THEN
            RETURN NULL;
        ELSIF NOT EXISTS (
            SELECT FROM switch.country country
            WHERE country.code = p_country AND starts_with(target, '+' || country.calling_code)
        ) THEN
            RETURN 'abroad';
        ELSIF switch.call_refusal(p_customer, target) IS NOT NULL THEN
            RETURN 'refused';
        END IF;
    END IF;
    INSERT INTO public.telephony_forward (customer_id, employee_id, number, since)
    VALUES (p_customer, p_employee, target, now())
    ON CONFLICT (employee_id) DO UPDATE SET number = excluded.number, since = excluded.since;
    RETURN 'forwarded';
END
$function$;
ALTER FUNCTION switch.code_forward(bigint, bigint, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.code_forward(bigint, bigint, text, text) FROM PUBLIC;
