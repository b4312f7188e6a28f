-- Keep the digest of a phone's password, and those for other spellings of its user name. Registrations that were made
-- with another password end; the digests before are remembered for a day. After p_lapses_at the password opens nothing
-- any more. The portal calls it, within an opened customer; nobody can read the digests back. Returns 1, or 0 when the
-- phone is not one of an opened customer's.
CREATE OR REPLACE FUNCTION switch.set_credential(
    p_phone bigint, p_ha1 text, p_spellings jsonb DEFAULT '{}', p_lapses_at timestamptz DEFAULT NULL
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM 1 FROM public.telephony_phone
    WHERE id = p_phone AND ended_at IS NULL AND customer_id = ANY (public.opened_customers());
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    DELETE FROM switch.former WHERE phone_id = p_phone;
    INSERT INTO switch.former (phone_id, spelling, ha1, until)
    SELECT p_phone, kept.spelling, kept.ha1, now() + interval '1 day'
    FROM (
        SELECT lower(phone.username) AS spelling, credential.ha1
        FROM switch.credential credential
        JOIN public.telephony_phone phone ON phone.id = credential.phone_id
        WHERE credential.phone_id = p_phone
        UNION ALL
        SELECT spelling.spelling, spelling.ha1 FROM switch.spelling spelling WHERE spelling.phone_id = p_phone
    ) kept;
    INSERT INTO switch.credential (phone_id, ha1, lapses_at) VALUES (p_phone, p_ha1, p_lapses_at)
    ON CONFLICT (phone_id) DO UPDATE
    SET ha1 = excluded.ha1, serial = excluded.serial, lapses_at = excluded.lapses_at, changed_at = now();
    DELETE FROM switch.spelling WHERE phone_id = p_phone;
    INSERT INTO switch.spelling (phone_id, spelling, ha1)
    SELECT p_phone, other.key, other.value FROM jsonb_each_text(p_spellings) other;
    PERFORM switch.end_registrations(p_phone);
    RETURN 1;
END
$function$;
ALTER FUNCTION switch.set_credential(bigint, text, jsonb, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.set_credential(bigint, text, jsonb, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.set_credential(bigint, text, jsonb, timestamptz) TO app;
