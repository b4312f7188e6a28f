-- Note that something changed of employees whose phones are in calls, so that their watchers are told (watched_changes).
CREATE OR REPLACE FUNCTION switch.live_call_changed() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF EXISTS (SELECT FROM changed) THEN
        INSERT INTO switch.presence_change (employee_id) SELECT DISTINCT changed.employee_id FROM changed;
    END IF;
    RETURN NULL;
END
$function$;
ALTER FUNCTION switch.live_call_changed() OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.live_call_changed() FROM PUBLIC;
CREATE OR REPLACE TRIGGER live_call_added AFTER INSERT ON switch.live_call
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION switch.live_call_changed();
CREATE OR REPLACE TRIGGER live_call_updated AFTER UPDATE ON switch.live_call
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION switch.live_call_changed();
CREATE OR REPLACE TRIGGER live_call_deleted AFTER DELETE ON switch.live_call
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION switch.live_call_changed();
