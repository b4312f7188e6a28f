-- Tell Kamailio whether an address (in hex, see text_of) is one that a trunk's calls come from: 1 or 0.
CREATE OR REPLACE FUNCTION switch.is_trunk(p_address text) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (
        SELECT count(*)::integer
        FROM public.telephony_trunksource source
        JOIN public.telephony_trunk trunk ON trunk.id = source.trunk_id
        WHERE source.address = switch.text_of(p_address)::inet AND trunk.is_enabled
    );
END
$function$;
ALTER FUNCTION switch.is_trunk(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.is_trunk(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.is_trunk(text) TO kamailio;
