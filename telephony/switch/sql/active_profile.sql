-- Show the portal which profile holds for an employee of an opened customer: the switch's own answer.
CREATE OR REPLACE FUNCTION switch.active_profile(p_employee bigint, p_at timestamptz) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT switch.profile_at(employee.id, p_at)
    FROM public.tenancy_employee employee
    WHERE employee.id = p_employee AND employee.customer_id = ANY (public.opened_customers())
$function$;
ALTER FUNCTION switch.active_profile(bigint, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.active_profile(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.active_profile(bigint, timestamptz) TO app;
