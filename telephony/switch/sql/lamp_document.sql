-- Write the calls of an employee as the lamps of desk phones get them: dialog-info (RFC 4235), without saying with
-- whom. The version is a place of eleven digits, which Kamailio's module counts for each watcher.
CREATE OR REPLACE FUNCTION switch.lamp_document(p_address text, p_employee bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT '<?xml version="1.0"?>' || E'\n'
        || '<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="00000000000" state="full" entity="sip:'
        || switch.xml_text(p_address) || '">'
        || coalesce(string_agg(
            '<dialog id="' || md5(live.call_id || '/' || live.phone_id) || '" direction="' || live.direction
            || '"><state>' || live.state || '</state></dialog>',
            '' ORDER BY live.since, live.call_id
        ), '')
        || '</dialog-info>'
    FROM switch.live_call live
    JOIN public.tenancy_employee employee ON employee.id = live.employee_id
    WHERE live.employee_id = p_employee AND NOT employee.is_hidden AND employee.ended_at IS NULL
$function$;
ALTER FUNCTION switch.lamp_document(text, bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.lamp_document(text, bigint) FROM PUBLIC;
