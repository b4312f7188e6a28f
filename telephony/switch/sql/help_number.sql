-- Show the portal the number that those who help are shown, and call back, when an employee of an opened customer calls
-- them; null for nobody, and where there is none.
CREATE OR REPLACE FUNCTION switch.help_number(p_employee bigint, p_at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (
        SELECT switch.outgoing_number(employee.customer_id, employee.id, p_at)
        FROM public.tenancy_employee employee
        WHERE employee.id = p_employee AND employee.customer_id = ANY (public.opened_customers())
    );
END
$function$;
ALTER FUNCTION switch.help_number(bigint, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.help_number(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.help_number(bigint, timestamptz) TO app;
