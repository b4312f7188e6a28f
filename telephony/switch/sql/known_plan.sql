-- Make out what a call rang that began with the database away, as the rows of a plan, see planned_legs. p_place says what
-- Kamailio did: the address USER@DOMAIN where the number had rung last, `help` for the gateway that its settings name, or
-- nothing where it knew no way. p_domain and p_user are who called, p_number what was dialled. All but `help` is in hex,
-- see text_of. A call that rang nobody is for whom the number leads to; a row with a number is one of the public network.
-- Empty where nobody is known any more.
CREATE OR REPLACE FUNCTION switch.known_plan(p_domain text, p_user text, p_number text, p_place text) RETURNS text
LANGUAGE plpgsql STABLE
AS $function$
DECLARE
    dialled text := switch.text_of(p_number);
    outside text;
    phone public.telephony_phone;
    customer bigint;
    callee bigint;
BEGIN
    IF p_place NOT IN ('', 'help') THEN
        SELECT * INTO phone FROM public.telephony_phone one WHERE one.id = switch.phone_at(switch.text_of(p_place));
        RETURN CASE WHEN phone.id IS NULL THEN '' ELSE format('1,phone,%s,%s,outage,;', phone.id, phone.employee_id) END;
    END IF;
    IF p_domain = '' THEN
        customer := (
            SELECT ddi.customer_id FROM public.telephony_ddi ddi
            WHERE ddi.number = switch.international(dialled, 'DK') AND ddi.ended_at IS NULL
        );
    ELSE
        SELECT * INTO phone FROM public.telephony_phone one
        WHERE one.id = switch.phone_at(switch.text_of(p_user) || '@' || switch.text_of(p_domain));
        customer := phone.customer_id;
    END IF;
    IF customer IS NULL THEN
        RETURN '';
    END IF;
    IF p_place = 'help' THEN
        RETURN format('1,trunk,0,%s,outage,%s;', phone.employee_id, dialled);
    END IF;
    callee := switch.called_employee(customer, dialled);
    IF callee IS NOT NULL THEN
        RETURN format('1,end,0,%s,outage,;', callee);
    END IF;
    IF p_domain <> '' THEN
        outside := CASE WHEN dialled IN ('112', '114') THEN dialled ELSE switch.international(
            dialled,
            coalesce((SELECT policy.country FROM public.telephony_callpolicy policy WHERE policy.customer_id = customer), 'DK')
        ) END;
    END IF;
    RETURN format('1,end,0,0,outage,%s,%s;', outside, customer);
END
$function$;
ALTER FUNCTION switch.known_plan(text, text, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.known_plan(text, text, text, text) FROM PUBLIC;
