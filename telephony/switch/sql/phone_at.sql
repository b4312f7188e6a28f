-- Return the phone whose address is USER@DOMAIN; null for none.
CREATE OR REPLACE FUNCTION switch.phone_at(p_address text) RETURNS bigint
LANGUAGE plpgsql STABLE
AS $function$
BEGIN
    RETURN (
        SELECT phone.id
        FROM public.telephony_sipdomain domain
        JOIN public.telephony_phone phone
          ON phone.sip_domain_id = domain.id AND lower(phone.username) = lower(split_part(p_address, '@', 1))
         AND phone.ended_at IS NULL
        WHERE lower(domain.name) = lower(split_part(p_address, '@', 2)) AND domain.ended_at IS NULL
    );
END
$function$;
ALTER FUNCTION switch.phone_at(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.phone_at(text) FROM PUBLIC;
