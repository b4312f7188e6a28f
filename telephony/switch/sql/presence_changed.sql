-- Note that something changed of employees, so that their watchers are told (watched_changes).
CREATE OR REPLACE FUNCTION switch.presence_changed() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF TG_TABLE_NAME = 'location' THEN
        INSERT INTO switch.presence_change (employee_id)
        SELECT phone.employee_id
        FROM public.telephony_sipdomain domain
        JOIN public.telephony_phone phone ON phone.sip_domain_id = domain.id
        WHERE lower(domain.name) = coalesce(NEW.domain, OLD.domain)
          AND lower(phone.username) = coalesce(NEW.username, OLD.username)
          AND domain.ended_at IS NULL
          AND phone.ended_at IS NULL;
    ELSIF TG_TABLE_NAME = 'tenancy_employee' THEN
        INSERT INTO switch.presence_change (employee_id) VALUES (NEW.id);
    ELSE
        INSERT INTO switch.presence_change (employee_id) VALUES (coalesce(NEW.employee_id, OLD.employee_id));
    END IF;
    -- How many agents can take a call of a queue now goes by their phones and by what they set, so its pages are told, too.
    IF TG_TABLE_NAME = 'location' THEN
        PERFORM pg_notify('live', told.said)
        FROM (
            SELECT DISTINCT member.customer_id || ' q' || member.queue_id AS said
            FROM public.telephony_sipdomain domain
            JOIN public.telephony_phone phone ON phone.sip_domain_id = domain.id
            JOIN public.telephony_queuemember member ON member.employee_id = phone.employee_id
            WHERE lower(domain.name) = coalesce(NEW.domain, OLD.domain)
              AND lower(phone.username) = coalesce(NEW.username, OLD.username)
              AND domain.ended_at IS NULL
              AND phone.ended_at IS NULL
              AND member.is_signed_in
        ) told;
    ELSIF TG_TABLE_NAME = 'telephony_presence' THEN
        -- By itself: a row of another table has no state to look at.
        IF TG_OP = 'INSERT' OR OLD.state IS DISTINCT FROM NEW.state THEN
            PERFORM pg_notify('live', member.customer_id || ' q' || member.queue_id)
            FROM public.telephony_queuemember member
            WHERE member.employee_id = NEW.employee_id AND member.is_signed_in;
        END IF;
    END IF;
    RETURN NULL;
END
$function$;
ALTER FUNCTION switch.presence_changed() OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.presence_changed() FROM PUBLIC;
CREATE OR REPLACE TRIGGER presence_changed AFTER INSERT OR UPDATE ON telephony_presence
FOR EACH ROW EXECUTE FUNCTION switch.presence_changed();
CREATE OR REPLACE TRIGGER presence_changed AFTER INSERT OR DELETE ON kam.location
FOR EACH ROW EXECUTE FUNCTION switch.presence_changed();
CREATE OR REPLACE TRIGGER presence_changed AFTER UPDATE OF is_hidden, ended_at ON tenancy_employee
FOR EACH ROW EXECUTE FUNCTION switch.presence_changed();
