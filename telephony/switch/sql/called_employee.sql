-- Return whom a number is, as it is dialled within a customer: a local number, a phone's user name, or a direct number
-- that leads to somebody; null for a queue's and for what is nobody's. The same as plan_number makes of it.
CREATE OR REPLACE FUNCTION switch.called_employee(p_customer bigint, p_dialled text) RETURNS bigint
LANGUAGE plpgsql STABLE
AS $function$
DECLARE
    called bigint;
BEGIN
    -- Numbers within a company have no plus, nor have user names.
    IF NOT starts_with(p_dialled, '+') THEN
        SELECT extension.employee_id INTO called
        FROM public.telephony_extension extension
        WHERE extension.customer_id = p_customer AND extension.number = p_dialled;
        IF FOUND THEN
            RETURN called;
        END IF;
        SELECT phone.employee_id INTO called
        FROM public.telephony_sipdomain domain
        JOIN public.telephony_phone phone
          ON phone.sip_domain_id = domain.id AND lower(phone.username) = lower(p_dialled) AND phone.ended_at IS NULL
        WHERE domain.customer_id = p_customer AND domain.ended_at IS NULL;
        IF FOUND THEN
            RETURN called;
        END IF;
    END IF;
    RETURN (
        SELECT extension.employee_id
        FROM public.telephony_ddi ddi
        JOIN public.telephony_extension extension ON extension.id = ddi.extension_id
        WHERE ddi.customer_id = p_customer AND ddi.ended_at IS NULL AND ddi.number = switch.international(
            p_dialled,
            coalesce((SELECT policy.country FROM public.telephony_callpolicy policy WHERE policy.customer_id = p_customer), 'DK')
        )
    );
END
$function$;
ALTER FUNCTION switch.called_employee(bigint, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.called_employee(bigint, text) FROM PUBLIC;
