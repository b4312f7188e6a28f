-- Return until when a client of a phone is registered, or null when it is not. Kamailio's times are naive, in UTC,
-- and its address of a client is a URI such as sip:192.0.2.7:5061;transport=TCP.
CREATE OR REPLACE FUNCTION switch.registered_until(p_phone bigint, p_agent text, p_address inet)
RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT max(location.expires) AT TIME ZONE 'UTC'
    FROM public.telephony_phone phone
    JOIN public.telephony_sipdomain domain ON domain.id = phone.sip_domain_id
    JOIN kam.location location
      ON location.username = lower(phone.username) AND location.domain = lower(domain.name)
    WHERE phone.id = p_phone
      AND location.user_agent = p_agent
      AND location.expires > now() AT TIME ZONE 'UTC'
      AND split_part(coalesce(location.received, location.contact), ':', 2) = host(p_address)
$function$;
ALTER FUNCTION switch.registered_until(bigint, text, inet) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.registered_until(bigint, text, inet) FROM PUBLIC;
