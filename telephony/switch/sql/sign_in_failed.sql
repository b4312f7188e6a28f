-- Remember that a sign-in with a wrong password was refused, and for how many seconds its source is shut out (0: not
-- yet). Kamailio calls it; texts are in hex, see text_of. Returns 1, or 0 when there is no such account.
-- A spelling of the user name that no digest is kept for is remembered: the password may have been right.
-- The latest 50 addresses of an account are kept, however many there are that guess.
CREATE OR REPLACE FUNCTION switch.sign_in_failed(
    p_username text, p_domain text, p_agent text, p_address text, p_banned_seconds integer,
    p_spelling text DEFAULT NULL
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    phone bigint := (
        SELECT subscriber.phone_id
        FROM switch.subscriber subscriber
        WHERE subscriber.username = lower(switch.text_of(p_username))
          AND subscriber.domain = lower(switch.text_of(p_domain))
    );
    spelled text := switch.text_of(p_spelling);
    until timestamptz := CASE WHEN p_banned_seconds > 0 THEN now() + make_interval(secs => p_banned_seconds) END;
BEGIN
    IF phone IS NULL THEN
        RETURN 0;
    END IF;
    IF spelled IS NULL
        OR spelled = lower(spelled)
        OR split_part(lower(spelled), '@', 1) <> lower(switch.text_of(p_username))
        OR EXISTS (SELECT FROM switch.spelling kept WHERE kept.phone_id = phone AND kept.spelling = spelled)
    THEN
        spelled := '';
    END IF;
    INSERT INTO switch.refusal (phone_id, address, user_agent, banned_until, spelling)
    VALUES (
        phone, switch.text_of(p_address)::inet, left(switch.text_of(p_agent), 255), until, left(spelled, 320)
    )
    ON CONFLICT (phone_id, address) DO UPDATE
    SET failures = CASE WHEN refusal.last_at < now() - interval '1 day' THEN 1 ELSE refusal.failures + 1 END,
        first_at = CASE WHEN refusal.last_at < now() - interval '1 day' THEN now() ELSE refusal.first_at END,
        last_at = now(),
        user_agent = excluded.user_agent,
        spelling = excluded.spelling,
        banned_until = coalesce(excluded.banned_until, refusal.banned_until);
    DELETE FROM switch.refusal
    WHERE phone_id = phone
      AND address NOT IN (
          SELECT latest.address
          FROM switch.refusal latest
          WHERE latest.phone_id = phone
          ORDER BY latest.last_at DESC
          LIMIT 50
      );
    RETURN 1;
END
$function$;
ALTER FUNCTION switch.sign_in_failed(text, text, text, text, integer, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.sign_in_failed(text, text, text, text, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.sign_in_failed(text, text, text, text, integer, text) TO kamailio;
