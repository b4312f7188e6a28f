-- Tell Kamailio whether an address (in hex, see text_of) is one that a trunk's calls come from: 1 or 0. A trunk with TLS
-- calls by TLS (p_secure is 1) alone: the address of a datagram is whatever its sender wrote there.
CREATE OR REPLACE FUNCTION switch.is_trunk_by(p_address text, p_secure integer) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (
        SELECT count(*)::integer
        FROM public.telephony_trunksource source
        JOIN public.telephony_trunk trunk ON trunk.id = source.trunk_id
        WHERE source.address = switch.text_of(p_address)::inet AND trunk.is_enabled
          AND (trunk.transport <> 'tls' OR p_secure = 1)
    );
END
$function$;
ALTER FUNCTION switch.is_trunk_by(text, integer) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.is_trunk_by(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.is_trunk_by(text, integer) TO kamailio;
