-- Return the rows of a plan as calls_begin was told it: step,kind,phone,employee,why,number (of a queue its id) and, for
-- what is in no employee's name, the customer; rows end with a semicolon.
-- A plan that was cut off ends in a row that is no row any more.
CREATE OR REPLACE FUNCTION switch.planned_legs(p_plan text)
RETURNS TABLE (place bigint, step integer, kind text, phone_id bigint, employee_id bigint, customer_id bigint, why text, number text)
LANGUAGE plpgsql STABLE ROWS 5
AS $function$
BEGIN
    RETURN QUERY
    SELECT row.place, part[1]::integer, part[2], phone.id, employee.id,
           coalesce(employee.customer_id, nullif(part[7], '')::bigint), part[5], part[6]
    FROM string_to_table(p_plan, ';') WITH ORDINALITY row (told, place)
    CROSS JOIN LATERAL string_to_array(row.told, ',') part
    LEFT JOIN public.telephony_phone phone ON phone.id = nullif(part[3], '')::bigint
    LEFT JOIN public.tenancy_employee employee ON employee.id = coalesce(phone.employee_id, nullif(part[4], '')::bigint)
    WHERE row.told ~ '^[0-9]+,[a-z]+,[0-9]*,[0-9]*,[a-z_]*,[+*#0-9a-z._-]*(,[0-9]*)?$';
END
$function$;
ALTER FUNCTION switch.planned_legs(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.planned_legs(text) FROM PUBLIC;
