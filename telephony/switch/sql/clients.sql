-- Show the portal which clients have signed in to phones of the opened customers, and which are signed in now.
CREATE OR REPLACE FUNCTION switch.clients(p_phones bigint[])
RETURNS TABLE (
    phone_id bigint, user_agent text, address inet, transport text,
    first_seen timestamptz, since timestamptz, last_seen timestamptz, registered_until timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT sighting.phone_id, sighting.user_agent, sighting.address, sighting.transport,
           sighting.first_seen, sighting.since, sighting.last_seen,
           switch.registered_until(sighting.phone_id, sighting.user_agent, sighting.address)
    FROM switch.sighting sighting
    JOIN public.telephony_phone phone ON phone.id = sighting.phone_id
    WHERE sighting.phone_id = ANY (p_phones)
      AND phone.customer_id = ANY (public.opened_customers())
    ORDER BY sighting.last_seen DESC
$function$;
ALTER FUNCTION switch.clients(bigint[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.clients(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.clients(bigint[]) TO app;
