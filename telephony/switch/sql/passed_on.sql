-- Return whom the phone on a side (initiator, recipient) of a call passes on to somebody: the number as that phone sees it,
-- and the name of a colleague. All texts are in hex, see text_of; no row where there is no such call.
CREATE OR REPLACE FUNCTION switch.passed_on(p_call text, p_side text)
RETURNS TABLE (caller text, name text)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT encode(convert_to(own.remote, 'UTF8'), 'hex'), encode(convert_to(coalesce(kept.name, ''), 'UTF8'), 'hex')
    FROM switch.live_call own
    LEFT JOIN LATERAL (
        SELECT employee.name
        FROM switch.live_call other
        JOIN public.tenancy_employee employee ON employee.id = other.employee_id
        WHERE other.call_id = own.call_id AND other.direction <> own.direction
          AND other.customer_id = own.customer_id
        LIMIT 1
    ) kept ON true
    WHERE p_call <> '' AND own.call_id = left(switch.text_of(p_call), 255) AND own.direction = switch.text_of(p_side)
      AND own.state = 'confirmed'
    LIMIT 1
$function$;
ALTER FUNCTION switch.passed_on(text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.passed_on(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.passed_on(text, text) TO kamailio;
