-- Take down when a desk phone signs out, or its registration runs out, and when it is back: its owner is told at the
-- bell. A phone that starts anew is back within half a minute, and nobody need know.
CREATE OR REPLACE FUNCTION switch.phone_outage() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    whose record;
BEGIN
    SELECT phone.id, phone.customer_id, phone.employee_id INTO whose
    FROM public.telephony_sipdomain domain
    JOIN public.telephony_phone phone ON phone.sip_domain_id = domain.id
    WHERE lower(domain.name) = coalesce(NEW.domain, OLD.domain)
      AND lower(phone.username) = coalesce(NEW.username, OLD.username)
      AND domain.ended_at IS NULL AND phone.ended_at IS NULL AND phone.kind = 'desk';
    IF whose.id IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        DELETE FROM public.telephony_phoneoutage known
        WHERE known.phone_id = whose.id AND known.seen_at IS NULL
          AND known.ended_at IS NULL AND known.began_at > now() - interval '30 seconds';
        UPDATE public.telephony_phoneoutage SET ended_at = now()
        WHERE phone_id = whose.id AND ended_at IS NULL;
    ELSIF NOT EXISTS (
        SELECT FROM kam.location other
        WHERE other.username = OLD.username AND other.domain = OLD.domain AND other.id <> OLD.id
          AND other.expires > now() AT TIME ZONE 'UTC'
    ) THEN
        DELETE FROM public.telephony_phoneoutage past
        WHERE past.phone_id = whose.id AND past.began_at < now() - interval '30 days';
        INSERT INTO public.telephony_phoneoutage (customer_id, employee_id, phone_id)
        VALUES (whose.customer_id, whose.employee_id, whose.id)
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$function$;
ALTER FUNCTION switch.phone_outage() OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.phone_outage() FROM PUBLIC;
CREATE OR REPLACE TRIGGER phone_outage AFTER INSERT OR DELETE ON kam.location
FOR EACH ROW EXECUTE FUNCTION switch.phone_outage();
