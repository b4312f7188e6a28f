-- Return a plan and behind it, from step p_next on, what rings when somebody calls an employee.
-- p_seen are the employees, and as negative numbers the profiles, that the call has been with: it does not come back.
CREATE OR REPLACE FUNCTION switch.plan_employee(
    p_plan switch.ring[], p_next integer, p_employee bigint, p_internal boolean, p_at timestamptz, p_seen bigint[]
) RETURNS switch.ring[]
LANGUAGE plpgsql STABLE
AS $function$
DECLARE
    profile bigint;
    customer bigint;
    has_left boolean;
    is_silent boolean;
    rows switch.ring[];
    forwarded text;
BEGIN
    IF p_employee = ANY (p_seen) THEN
        RETURN p_plan || ROW(p_next, 0, 'end', '480', 0, 0, NULL, NULL, p_employee, NULL, 'loop')::switch.ring;
    END IF;
    SELECT employee.customer_id, employee.ended_at IS NOT NULL, forward.number
    INTO customer, has_left, forwarded
    FROM public.tenancy_employee employee
    LEFT JOIN public.telephony_forward forward ON forward.employee_id = employee.id
    WHERE employee.id = p_employee;
    -- What leads to somebody who has left leads to nobody, whatever they left behind.
    IF has_left THEN
        RETURN p_plan || ROW(p_next, 0, 'end', '404', 0, 0, NULL, NULL, p_employee, NULL, 'nobody')::switch.ring;
    END IF;
    IF forwarded IS NOT NULL THEN
        RETURN switch.plan_number(
            p_plan, p_next, customer, p_employee, forwarded, p_internal, p_at, p_seen || p_employee
        );
    END IF;
    profile := switch.profile_at(p_employee, p_at);
    IF profile IS NOT NULL THEN
        RETURN switch.plan_profile(
            p_plan, p_next, profile, p_employee, p_internal, p_at, p_seen || p_employee
        );
    END IF;
    SELECT array_agg(
        ROW(
            p_next, 30, phone.kind, phone.uri, 0, 0,
            switch.outgoing_number(phone.customer_id, p_employee, p_at),
            phone.phone_id, p_employee, phone.customer_id, 'every_phone'
        )::switch.ring
        -- The switch adds a trunk's branch before those of phones.
        ORDER BY phone.kind DESC, phone.phone_id
    )
    INTO rows
    FROM switch.reachable_at(p_employee, p_at) phone;
    IF rows IS NULL THEN
        is_silent := switch.silent_at(p_employee, p_at);
        rows := ARRAY[
            ROW(
                p_next, 0, 'end', CASE WHEN is_silent THEN '486' ELSE '480' END, 0, 0, NULL, NULL, p_employee, NULL,
                CASE WHEN is_silent THEN 'dnd' ELSE 'offline' END
            )::switch.ring
        ];
    END IF;
    RETURN p_plan || rows;
END
$function$;
ALTER FUNCTION switch.plan_employee(switch.ring[], integer, bigint, boolean, timestamptz, bigint[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.plan_employee(switch.ring[], integer, bigint, boolean, timestamptz, bigint[]) FROM PUBLIC;
