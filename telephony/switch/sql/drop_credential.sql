-- Forget a phone's password, so that no client can sign in any more or stays signed in, and what was seen of its
-- clients: where a person was is kept no longer than it serves. Returns how many passwords were forgotten: 1 or 0.
CREATE OR REPLACE FUNCTION switch.drop_credential(p_phone bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    dropped integer;
BEGIN
    DELETE FROM switch.credential credential
    USING public.telephony_phone phone
    WHERE credential.phone_id = p_phone
      AND phone.id = p_phone
      AND phone.customer_id = ANY (public.opened_customers());
    GET DIAGNOSTICS dropped = ROW_COUNT;
    IF dropped > 0 THEN
        PERFORM switch.end_registrations(p_phone);
        DELETE FROM switch.registration WHERE phone_id = p_phone;
        DELETE FROM switch.sighting WHERE phone_id = p_phone;
        DELETE FROM switch.refusal WHERE phone_id = p_phone;
    END IF;
    RETURN dropped;
END
$function$;
ALTER FUNCTION switch.drop_credential(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.drop_credential(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.drop_credential(bigint) TO app;
