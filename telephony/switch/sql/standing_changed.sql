-- Tell the processes behind live pages that something else meets an employee's calls (live_changed tells the rest).
CREATE OR REPLACE FUNCTION switch.standing_changed() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM pg_notify(
        'live',
        coalesce(NEW.customer_id, OLD.customer_id) || ' ' || coalesce(NEW.employee_id, OLD.employee_id)
    );
    RETURN NULL;
END
$function$;
ALTER FUNCTION switch.standing_changed() OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.standing_changed() FROM PUBLIC;
CREATE OR REPLACE TRIGGER standing_changed AFTER INSERT OR UPDATE OR DELETE ON telephony_forward
FOR EACH ROW EXECUTE FUNCTION switch.standing_changed();
CREATE OR REPLACE TRIGGER standing_changed AFTER INSERT OR UPDATE OR DELETE ON telephony_ringtarget
FOR EACH ROW EXECUTE FUNCTION switch.standing_changed();
CREATE OR REPLACE TRIGGER standing_changed AFTER UPDATE OF name ON telephony_ringprofile
FOR EACH ROW EXECUTE FUNCTION switch.standing_changed();
