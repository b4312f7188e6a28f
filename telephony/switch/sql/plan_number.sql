-- Return a plan and behind it, from step p_next on, what rings when a number is called within a customer.
-- A number is a colleague's user name or local number, a queue's, a direct number of anybody here, or of the public
-- network.
-- p_employee is on whose behalf, and null for a caller from outside, who reaches numbers of the customer alone.
CREATE OR REPLACE FUNCTION switch.plan_number(
    p_plan switch.ring[], p_next integer, p_customer bigint, p_employee bigint, p_dialled text,
    p_internal boolean, p_at timestamptz, p_seen bigint[]
) RETURNS switch.ring[]
LANGUAGE plpgsql STABLE
AS $function$
DECLARE
    callee bigint;
    found_number boolean;
    internal boolean := p_internal;
    e164 text;
    owner bigint;
    queue bigint;
    refused text;
BEGIN
    -- Numbers within a company have no plus, nor have user names.
    IF NOT starts_with(p_dialled, '+') THEN
        SELECT true, queue_there.id, employee.id INTO found_number, queue, callee
        FROM public.telephony_extension extension
        LEFT JOIN public.telephony_queue queue_there
          ON queue_there.extension_id = extension.id AND queue_there.ended_at IS NULL
        LEFT JOIN public.tenancy_employee employee
          ON employee.id = extension.employee_id AND employee.ended_at IS NULL
        WHERE extension.customer_id = p_customer AND extension.number = p_dialled;
        IF found_number IS NULL THEN
            SELECT true, employee.id INTO found_number, callee
            FROM public.telephony_sipdomain domain
            JOIN public.telephony_phone phone
              ON phone.sip_domain_id = domain.id AND lower(phone.username) = lower(p_dialled) AND phone.ended_at IS NULL
            LEFT JOIN public.tenancy_employee employee
              ON employee.id = phone.employee_id AND employee.ended_at IS NULL
            WHERE domain.customer_id = p_customer AND domain.ended_at IS NULL;
        END IF;
    END IF;
    IF found_number IS NULL THEN
        IF p_dialled ~ '^[+][1-9][0-9]{5,14}$' THEN
            e164 := p_dialled;
        ELSE
            e164 := switch.international(
                p_dialled,
                coalesce((SELECT country FROM public.telephony_callpolicy WHERE customer_id = p_customer), 'DK')
            );
        END IF;
        SELECT true, ddi.customer_id, queue_there.id, employee.id INTO found_number, owner, queue, callee
        FROM public.telephony_ddi ddi
        LEFT JOIN public.telephony_extension extension ON extension.id = ddi.extension_id
        LEFT JOIN public.telephony_queue queue_there
          ON queue_there.extension_id = extension.id AND queue_there.ended_at IS NULL
        LEFT JOIN public.tenancy_employee employee
          ON employee.id = extension.employee_id AND employee.ended_at IS NULL
        WHERE ddi.number = e164 AND ddi.ended_at IS NULL;
        internal := p_internal AND owner = p_customer;
        IF p_employee IS NULL AND owner <> p_customer THEN
            found_number := NULL;
            e164 := NULL;
        END IF;
    END IF;
    IF found_number AND queue IS NOT NULL THEN
        RETURN switch.plan_queue(p_plan, p_next, queue, internal, p_at, p_seen);
    END IF;
    IF found_number THEN
        IF callee IS NULL THEN
            RETURN p_plan || ROW(p_next, 0, 'end', '480', 0, 0, NULL, NULL, NULL, p_customer, 'nobody')::switch.ring;
        END IF;
        RETURN switch.plan_employee(p_plan, p_next, callee, internal, p_at, p_seen);
    END IF;
    IF e164 IS NULL OR p_employee IS NULL THEN
        RETURN p_plan
            || ROW(p_next, 0, 'end', '404', 0, 0, NULL, NULL, p_employee, p_customer, 'unknown_number')::switch.ring;
    END IF;
    refused := switch.call_refusal(p_customer, e164);
    IF refused IS NULL AND switch.trunk_uri(e164) IS NULL THEN
        refused := 'no_trunk';
    END IF;
    RETURN p_plan || CASE
        WHEN refused = 'no_trunk' THEN
            ROW(p_next, 0, 'end', '503', 0, 0, NULL, NULL, p_employee, p_customer, refused)::switch.ring
        WHEN refused IS NOT NULL THEN
            ROW(p_next, 0, 'end', '403', 0, 0, NULL, NULL, p_employee, p_customer, refused)::switch.ring
        ELSE
            ROW(
                p_next, 120, 'trunk', switch.trunk_uri(e164), 0, 0,
                switch.outgoing_number(p_customer, p_employee, p_at), NULL, p_employee, p_customer, 'public_network'
            )::switch.ring
    END;
END
$function$;
ALTER FUNCTION switch.plan_number(switch.ring[], integer, bigint, bigint, text, boolean, timestamptz, bigint[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.plan_number(switch.ring[], integer, bigint, bigint, text, boolean, timestamptz, bigint[]) FROM PUBLIC;
