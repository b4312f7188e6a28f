-- Keep the digest of a phone's password. The portal calls it, within an opened customer; nobody can read it back.
-- Returns 1, or 0 when the phone is not one of an opened customer's.
CREATE OR REPLACE FUNCTION switch.set_credential(p_phone bigint, p_ha1 text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM 1 FROM public.telephony_phone
    WHERE id = p_phone AND ended_at IS NULL AND customer_id = ANY (public.opened_customers());
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    INSERT INTO switch.credential (phone_id, ha1) VALUES (p_phone, p_ha1)
    ON CONFLICT (phone_id) DO UPDATE SET ha1 = excluded.ha1, changed_at = now();
    RETURN 1;
END
$function$;
ALTER FUNCTION switch.set_credential(bigint, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.set_credential(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.set_credential(bigint, text) TO app;
