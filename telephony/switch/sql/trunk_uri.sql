-- Return where a call to a number of the public network leaves to, or null while there is no trunk.
CREATE OR REPLACE FUNCTION switch.trunk_uri(p_number text) RETURNS text
LANGUAGE plpgsql STABLE
AS $function$
BEGIN
    RETURN (
        SELECT switch.uri_by_trunk(p_number, trunk.gateway, trunk.transport, trunk.id)
        FROM public.telephony_trunk trunk
        WHERE trunk.is_enabled
        ORDER BY trunk.rank, trunk.id
        LIMIT 1
    );
END
$function$;
ALTER FUNCTION switch.trunk_uri(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.trunk_uri(text) FROM PUBLIC;
