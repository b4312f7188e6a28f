-- Who may sign in under an address, with the digest for the spelling in which the client gave the user name, and the
-- number of the password. No row for an address that is not there, and for credentials of somebody else. Texts are in
-- hex, see text_of; of a spelling that is not kept the digest is the one for lower case, which will not match.
-- former is the digest of the password before, for a day, or empty: a client that tries that one is no guesser.
-- lapsed is 1 for a password that was mailed and whose time is over: right, but of no use any more.
CREATE OR REPLACE FUNCTION switch.sign_in(p_username text, p_domain text, p_spelling text)
RETURNS TABLE (phone_id bigint, ha1 text, credential bigint, lapsed integer, former text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT subscriber.phone_id, coalesce(spelling.ha1, subscriber.ha1), credential.serial,
           CASE WHEN credential.lapses_at <= now() THEN 1 ELSE 0 END,
           coalesce(former.ha1, '')
    FROM switch.subscriber subscriber
    JOIN switch.credential credential ON credential.phone_id = subscriber.phone_id
    LEFT JOIN switch.spelling spelling
      ON spelling.phone_id = subscriber.phone_id AND spelling.spelling = switch.text_of(p_spelling)
    LEFT JOIN switch.former former
      ON former.phone_id = subscriber.phone_id
     AND former.spelling = switch.text_of(p_spelling)
     AND former.until > now()
    WHERE subscriber.username = switch.text_of(p_username)
      AND subscriber.domain = switch.text_of(p_domain)
      AND lower(switch.text_of(p_spelling))
          IN (subscriber.username, subscriber.username || '@' || subscriber.domain);
END
$function$;
ALTER FUNCTION switch.sign_in(text, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.sign_in(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.sign_in(text, text, text) TO kamailio;
