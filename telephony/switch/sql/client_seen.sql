-- Remember which client signed in to a phone, and from where. Kamailio calls it at each accepted registration, just
-- before it saves it; a client that has no live registration by then begins anew. Texts are in hex, see text_of.
-- The number of the password that the client knew is kept with the registration's Call-ID, see ended_registrations.
-- The latest 20 are kept, so that nobody fills the table by signing in under ever new names.
CREATE OR REPLACE FUNCTION switch.client_seen(
    p_phone bigint, p_agent text, p_address text, p_transport text,
    p_call_id text DEFAULT NULL, p_credential bigint DEFAULT NULL
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    agent text := left(switch.text_of(p_agent), 255);
    source inet := switch.text_of(p_address)::inet;
BEGIN
    INSERT INTO switch.sighting (phone_id, user_agent, address, transport)
    VALUES (p_phone, agent, source, p_transport)
    ON CONFLICT (phone_id, user_agent, address, transport) DO UPDATE
    SET last_seen = now(),
        since = CASE
            WHEN switch.registered_until(p_phone, agent, source) IS NULL THEN now()
            ELSE sighting.since
        END;
    DELETE FROM switch.sighting
    WHERE phone_id = p_phone
      AND (user_agent, address, transport) NOT IN (
          SELECT latest.user_agent, latest.address, latest.transport
          FROM switch.sighting latest
          WHERE latest.phone_id = p_phone
          ORDER BY latest.last_seen DESC
          LIMIT 20
      );
    IF p_credential IS NOT NULL THEN
        DELETE FROM switch.registration
        WHERE phone_id = p_phone AND last_at < now() - interval '15 minutes';
        INSERT INTO switch.registration (phone_id, call_id, credential)
        VALUES (p_phone, left(switch.text_of(p_call_id), 255), p_credential)
        ON CONFLICT (phone_id, call_id) DO UPDATE SET credential = excluded.credential, last_at = now();
    END IF;
    RETURN 1;
END
$function$;
ALTER FUNCTION switch.client_seen(bigint, text, text, text, text, bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.client_seen(bigint, text, text, text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.client_seen(bigint, text, text, text, text, bigint) TO kamailio;
