-- Remember that a switch is at work, at most once in five seconds.
CREATE OR REPLACE FUNCTION switch.beat(p_node text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    INSERT INTO switch.heartbeat AS known (node, seen_at) VALUES (p_node, now())
    ON CONFLICT (node) DO UPDATE SET seen_at = now() WHERE known.seen_at < now() - interval '5 seconds'
$function$;
ALTER FUNCTION switch.beat(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.beat(text) FROM PUBLIC;
