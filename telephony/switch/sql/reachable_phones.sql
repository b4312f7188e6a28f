-- Return an employee's phones that a call reaches now; see reachable_at.
CREATE OR REPLACE FUNCTION switch.reachable_phones(p_employee bigint)
RETURNS TABLE (phone_id bigint, customer_id bigint, kind text, uri text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 3
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY SELECT * FROM switch.reachable_at(p_employee, now());
END
$function$;
ALTER FUNCTION switch.reachable_phones(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.reachable_phones(bigint) FROM PUBLIC;
