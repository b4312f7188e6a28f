-- Say whether a phone may watch an address, and make ready what it will be told. Phones watch addresses of their own
-- customer alone; somebody hidden is watched by their own phones alone. Texts are in hex, see text_of. Returns 1, or
-- 0 for what may not be watched and for what is not there, which must not be told apart.
CREATE OR REPLACE FUNCTION switch.watch(p_phone bigint, p_user text, p_domain text, p_event text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    target record;
BEGIN
    SELECT addressee.employee_id, addressee.phone_id INTO target
    FROM switch.addressee(switch.text_of(p_user), switch.text_of(p_domain)) addressee
    JOIN public.telephony_phone watcher
      ON watcher.id = p_phone AND watcher.customer_id = addressee.customer_id
    JOIN public.tenancy_employee employee
      ON employee.id = addressee.employee_id AND (NOT employee.is_hidden OR employee.id = watcher.employee_id);
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    PERFORM switch.render(
        switch.text_of(p_user), switch.text_of(p_domain), p_event, target.employee_id, target.phone_id);
    RETURN 1;
END
$function$;
ALTER FUNCTION switch.watch(bigint, text, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.watch(bigint, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.watch(bigint, text, text, text) TO kamailio;
