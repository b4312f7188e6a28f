-- A switch (its name in hex, see text_of) has heard from its call controller.
CREATE OR REPLACE FUNCTION switch.controller_is_up(p_node text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    INSERT INTO switch.controller AS known (node, seen_at) VALUES (switch.text_of(p_node), now())
    ON CONFLICT (node) DO UPDATE SET seen_at = now()
$function$;
ALTER FUNCTION switch.controller_is_up(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.controller_is_up(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.controller_is_up(text) TO kamailio;
