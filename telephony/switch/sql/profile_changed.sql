-- Note that another profile may hold, or says something else, so that watchers see its status and note.
CREATE OR REPLACE FUNCTION switch.profile_changed() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    INSERT INTO switch.presence_change (employee_id) VALUES (coalesce(NEW.employee_id, OLD.employee_id));
    IF TG_TABLE_NAME = 'telephony_profilechoice' THEN
        INSERT INTO switch.profile_clock (employee_id, next_at) VALUES (NEW.employee_id, '-infinity')
        ON CONFLICT (employee_id) DO UPDATE SET next_at = '-infinity';
    END IF;
    RETURN NULL;
END
$function$;
ALTER FUNCTION switch.profile_changed() OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.profile_changed() FROM PUBLIC;
CREATE OR REPLACE TRIGGER profile_changed AFTER INSERT OR UPDATE ON telephony_profilechoice
FOR EACH ROW EXECUTE FUNCTION switch.profile_changed();
CREATE OR REPLACE TRIGGER profile_changed AFTER UPDATE OF state, note, ended_at ON telephony_ringprofile
FOR EACH ROW EXECUTE FUNCTION switch.profile_changed();
