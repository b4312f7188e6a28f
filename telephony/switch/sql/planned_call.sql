-- Return what a call does, step by step; see route_call.
CREATE OR REPLACE FUNCTION switch.planned_call(p_domain text, p_caller text, p_dialled text, p_at timestamptz)
RETURNS switch.ring[]
LANGUAGE plpgsql STABLE
AS $function$
DECLARE
    customer bigint;
    realm bigint;
    realm_name text;
    caller bigint;
    caller_name text;
    local_number text;
    shown text;
    plan switch.ring[] := ARRAY[]::switch.ring[];
    helped switch.ring[];
    entry integer := 1;
    e164 text;
BEGIN
    IF p_domain = '' THEN
        e164 := switch.international(p_dialled, 'DK');
        SELECT ddi.customer_id INTO customer
        FROM public.telephony_ddi ddi
        WHERE ddi.number = e164 AND ddi.ended_at IS NULL;
    ELSE
        SELECT domain.customer_id, domain.id, lower(domain.name)
        INTO customer, realm, realm_name
        FROM public.telephony_sipdomain domain
        WHERE lower(domain.name) = lower(p_domain) AND domain.ended_at IS NULL;
        caller := coalesce(
            (
                SELECT phone.employee_id
                FROM public.telephony_phone phone
                WHERE phone.sip_domain_id = realm AND lower(phone.username) = lower(p_caller) AND phone.ended_at IS NULL
            ),
            (
                SELECT extension.employee_id
                FROM public.telephony_extension extension
                WHERE extension.customer_id = customer AND extension.number = p_caller
            )
        );
    END IF;
    IF customer IS NULL THEN
        RETURN ARRAY[ROW(1, 0, 'end', '404', 0, 0, NULL, NULL, NULL, NULL, 'unknown_number')::switch.ring];
    END IF;
    IF caller IS NOT NULL AND p_dialled IN ('112', '114') THEN
        -- Nothing may stand in the way of these: not a suspension, nor a destination that is shut.
        -- One trunk after the other; without any the switch itself knows a gateway.
        shown := switch.outgoing_number(customer, caller, p_at);
        plan := ARRAY(
            SELECT ROW(
                trunk.place, 300, 'trunk', trunk.uri,
                CASE WHEN trunk.place < trunk.trunks THEN trunk.place + 1 ELSE 0 END,
                CASE WHEN trunk.place < trunk.trunks THEN trunk.place + 1 ELSE 0 END,
                shown, NULL, caller, customer, 'emergency'
            )::switch.ring
            FROM (
                SELECT switch.uri_by_trunk(p_dialled, line.gateway, line.transport, line.id) AS uri,
                       row_number() OVER (ORDER BY line.rank, line.id) AS place, count(*) OVER () AS trunks
                FROM public.telephony_trunk line
                WHERE line.is_enabled
            ) trunk
            ORDER BY trunk.place
        );
        IF plan = '{}' THEN
            plan := ARRAY[
                ROW(1, 300, 'trunk', NULL, 0, 0, shown, NULL, caller, customer, 'emergency')::switch.ring
            ];
        END IF;
    ELSE
        IF p_domain = '' THEN
            helped := switch.plan_call_back(customer, e164, p_at, 2);
            entry := CASE WHEN helped IS NULL THEN 1 ELSE 2 END;
        END IF;
        plan := switch.plan_number(
            plan, entry, customer, caller, p_dialled, caller IS NOT NULL, p_at, ARRAY[]::bigint[]
        );
    END IF;
    IF p_domain = '' AND switch.is_blocked(plan[1].employee_id, switch.international(p_caller, 'DK'), p_at) THEN
        plan := ARRAY[
            ROW(entry, 0, 'end', '480', 0, 0, NULL, NULL, plan[1].employee_id, customer, 'blocked')::switch.ring
        ];
    END IF;
    plan := helped || plan;
    IF caller IS NOT NULL THEN
        -- The caller is who signed in, whatever the phone says: within the company a name and a local number, outside
        -- it a number that can be called back.
        SELECT employee.name, extension.number
        INTO caller_name, local_number
        FROM public.tenancy_employee employee
        LEFT JOIN public.telephony_extension extension ON extension.employee_id = employee.id
        WHERE employee.id = caller
        ORDER BY extension.number
        LIMIT 1;
        shown := switch.outgoing_number(customer, caller, p_at);
        IF plan[1].customer_id IS DISTINCT FROM customer OR plan[1].kind = 'trunk' AND plan[1].phone_id IS NULL THEN
            RETURN ROW(
                0, 0, 'from', 'sip:' || coalesce(shown, 'anonymous') || '@' || realm_name, 0, 0,
                shown, NULL, caller, customer, ''
            )::switch.ring || plan;
        ELSE
            RETURN ROW(
                0, 0, 'from', 'sip:' || coalesce(local_number, lower(p_caller)) || '@' || realm_name, 0, 0,
                shown, NULL, caller, customer,
                -- It stands between quotes in a header: nothing in it may end those, or the line.
                translate(regexp_replace(caller_name, '[[:cntrl:]]+', ' ', 'g'), '"' || chr(92), '')
            )::switch.ring || plan;
        END IF;
    END IF;
    RETURN plan;
END
$function$;
ALTER FUNCTION switch.planned_call(text, text, text, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.planned_call(text, text, text, timestamptz) FROM PUBLIC;
