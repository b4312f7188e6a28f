-- Tell the processes behind live pages of whom something changed. What is told is ids alone, "customer employee":
-- each process asks for the rest under the rights of those that it shows it to.
CREATE OR REPLACE FUNCTION switch.live_changed() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM pg_notify('live', changed.customer_id || ' ' || changed.id)
    FROM (
        SELECT DISTINCT employee.customer_id, employee.id
        FROM added
        JOIN public.tenancy_employee employee ON employee.id = added.employee_id
    ) changed;
    RETURN NULL;
END
$function$;
ALTER FUNCTION switch.live_changed() OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.live_changed() FROM PUBLIC;
CREATE OR REPLACE TRIGGER live_changed AFTER INSERT ON switch.presence_change
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION switch.live_changed();
