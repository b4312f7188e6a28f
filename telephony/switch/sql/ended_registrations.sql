-- Tell the switch which registrations were made with a password that holds no more or has lapsed, or by an account that
-- is out of use. Asked twice a second, so a registration that was on its way when the password changed is found as
-- well.
CREATE OR REPLACE FUNCTION switch.ended_registrations() RETURNS TABLE (ruid text, address text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT location.ruid::text, 'sip:' || location.username || '@' || location.domain
    FROM (
        SELECT ending.username, ending.domain FROM switch.ending ending WHERE ending.until > now()
        UNION
        SELECT lapsed.username, lapsed.domain
        FROM switch.credential credential
        JOIN switch.subscriber lapsed ON lapsed.phone_id = credential.phone_id
        WHERE credential.lapses_at BETWEEN now() - interval '15 minutes' AND now()
    ) ending
    JOIN kam.location location
      ON location.username = ending.username AND location.domain = ending.domain
    WHERE NOT EXISTS (
          SELECT FROM switch.subscriber subscriber
          JOIN switch.credential credential ON credential.phone_id = subscriber.phone_id
          JOIN switch.registration registration
            ON registration.phone_id = subscriber.phone_id AND registration.credential = credential.serial
          WHERE subscriber.username = ending.username
            AND subscriber.domain = ending.domain
            AND registration.call_id = location.callid
            AND (credential.lapses_at IS NULL OR credential.lapses_at > now())
      )
    LIMIT 200;
END
$function$;
ALTER FUNCTION switch.ended_registrations() OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.ended_registrations() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.ended_registrations() TO kamailio;
