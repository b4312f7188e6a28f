-- Have the switch look at the registrations of a phone's address for a while: longer than any of them can last.
CREATE OR REPLACE FUNCTION switch.end_registrations(p_phone bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    DELETE FROM switch.ending WHERE until < now();
    INSERT INTO switch.ending (username, domain, until)
    SELECT lower(phone.username), lower(domain.name), now() + interval '15 minutes'
    FROM public.telephony_phone phone
    JOIN public.telephony_sipdomain domain ON domain.id = phone.sip_domain_id
    WHERE phone.id = p_phone AND phone.username <> ''
    ON CONFLICT (username, domain) DO UPDATE SET until = excluded.until;
    RETURN 1;
END
$function$;
ALTER FUNCTION switch.end_registrations(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.end_registrations(bigint) FROM PUBLIC;
