-- Show the portal the codes of an opened customer.
CREATE OR REPLACE FUNCTION switch.customer_codes(p_customer bigint)
RETURNS TABLE (
    action text, digits text, is_enabled boolean, is_own boolean, standard_digits text, standard_is_enabled boolean
)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 12
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT code.*
    FROM switch.feature_codes(p_customer) code
    WHERE p_customer = ANY (public.opened_customers())
$function$;
ALTER FUNCTION switch.customer_codes(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.customer_codes(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.customer_codes(bigint) TO app;
