-- Return the phone that a registration is of, by its ruid in hex, see text_of, or by the address that is
-- registered, USER@DOMAIN; null for none.
CREATE OR REPLACE FUNCTION switch.phone_of_ruid(p_ruid text) RETURNS bigint
LANGUAGE plpgsql STABLE
AS $function$
DECLARE
    said text := switch.text_of(p_ruid);
BEGIN
    IF strpos(said, '@') > 0 THEN
        RETURN switch.phone_at(said);
    END IF;
    RETURN (
        SELECT phone.id
        FROM kam.location location
        JOIN public.telephony_sipdomain domain ON lower(domain.name) = location.domain AND domain.ended_at IS NULL
        JOIN public.telephony_phone phone
          ON phone.sip_domain_id = domain.id AND lower(phone.username) = location.username
         AND phone.ended_at IS NULL
        WHERE p_ruid <> '' AND location.ruid = said
    );
END
$function$;
ALTER FUNCTION switch.phone_of_ruid(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.phone_of_ruid(text) FROM PUBLIC;
