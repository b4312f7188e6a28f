-- Take down when desk phones sign out, or their registrations run out, and when they are back: their owners are told at
-- the bell. A phone that starts anew is back within half a minute, and nobody need know. One statement of the switch may
-- be about all its phones, and must succeed whatever becomes of this.
CREATE OR REPLACE FUNCTION switch.phone_outage() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    phones bigint[];
BEGIN
    phones := ARRAY(
        SELECT phone.id
        FROM changed
        JOIN public.telephony_sipdomain domain ON lower(domain.name) = changed.domain AND domain.ended_at IS NULL
        JOIN public.telephony_phone phone
          ON phone.sip_domain_id = domain.id AND lower(phone.username) = changed.username
         AND phone.ended_at IS NULL AND phone.kind = 'desk'
        WHERE TG_OP = 'INSERT' OR NOT EXISTS (
            SELECT FROM kam.location other
            WHERE other.username = changed.username AND other.domain = changed.domain
              AND other.expires > now() AT TIME ZONE 'UTC'
        )
    );
    IF phones = '{}' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        DELETE FROM public.telephony_phoneoutage
        WHERE phone_id = ANY (phones) AND seen_at IS NULL AND ended_at IS NULL
          AND began_at > now() - interval '30 seconds';
        UPDATE public.telephony_phoneoutage SET ended_at = now()
        WHERE phone_id = ANY (phones) AND ended_at IS NULL;
    ELSE
        DELETE FROM public.telephony_phoneoutage
        WHERE phone_id = ANY (phones) AND began_at < now() - interval '30 days';
        INSERT INTO public.telephony_phoneoutage (customer_id, employee_id, phone_id)
        SELECT phone.customer_id, phone.employee_id, phone.id
        FROM public.telephony_phone phone
        WHERE phone.id = ANY (phones)
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'an outage of a phone was not taken down: %', SQLERRM;
    RETURN NULL;
END
$function$;
ALTER FUNCTION switch.phone_outage() OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.phone_outage() FROM PUBLIC;
DROP TRIGGER IF EXISTS phone_outage ON kam.location;
CREATE OR REPLACE TRIGGER phone_came AFTER INSERT ON kam.location
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION switch.phone_outage();
CREATE OR REPLACE TRIGGER phone_went AFTER DELETE ON kam.location
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION switch.phone_outage();
