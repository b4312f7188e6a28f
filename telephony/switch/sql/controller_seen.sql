-- Return when a call controller was last heard of, or null when there never was one.
CREATE OR REPLACE FUNCTION switch.controller_seen() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT max(controller.seen_at) FROM switch.controller controller
$function$;
ALTER FUNCTION switch.controller_seen() OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.controller_seen() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.controller_seen() TO app;
