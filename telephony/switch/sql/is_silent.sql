-- Say whether an employee's phones stay silent now; see silent_at.
CREATE OR REPLACE FUNCTION switch.is_silent(p_employee bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN switch.silent_at(p_employee, now());
END
$function$;
ALTER FUNCTION switch.is_silent(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.is_silent(bigint) FROM PUBLIC;
