-- Return an employee's phones that a call reaches, see reached_phone; none while the employee is not to be disturbed at
-- that time.
CREATE OR REPLACE FUNCTION switch.reachable_at(p_employee bigint, p_at timestamptz)
RETURNS TABLE (phone_id bigint, customer_id bigint, kind text, uri text)
LANGUAGE plpgsql STABLE ROWS 3
AS $function$
BEGIN
    IF switch.silent_at(p_employee, p_at) THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT phone.phone_id, phone.customer_id, phone.kind, phone.uri
    FROM switch.reached_phone phone
    WHERE phone.employee_id = p_employee;
END
$function$;
ALTER FUNCTION switch.reachable_at(bigint, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.reachable_at(bigint, timestamptz) FROM PUBLIC;
