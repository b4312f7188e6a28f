-- Return the country of a customer (ISO 3166), in whose form its people type and read numbers; for none that of the
-- provider.
CREATE OR REPLACE FUNCTION switch.country_of(p_customer bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN coalesce(
        (SELECT policy.country FROM public.telephony_callpolicy policy WHERE policy.customer_id = p_customer),
        'DK'
    );
END
$function$;
ALTER FUNCTION switch.country_of(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.country_of(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.country_of(bigint) TO app;
