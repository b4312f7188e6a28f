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
