-- Return the time zone on the walls of a customer, by which its schedules, opening hours and days go; for none that of
-- the provider.
CREATE OR REPLACE FUNCTION switch.time_zone_of(p_customer bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN coalesce(
        (SELECT policy.time_zone FROM public.telephony_callpolicy policy WHERE policy.customer_id = p_customer),
        'Europe/Copenhagen'
    );
END
$function$;
ALTER FUNCTION switch.time_zone_of(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.time_zone_of(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.time_zone_of(bigint) TO app;
