-- Return the address of a number by one trunk. `way` tells the switch at which of its own ports the TLS of that trunk
-- begins; it stays within the switch.
CREATE OR REPLACE FUNCTION switch.uri_by_trunk(p_number text, p_gateway text, p_transport text, p_trunk bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $function$
BEGIN
    RETURN concat(
        'sip:', p_number, '@', p_gateway,
        CASE p_transport
            WHEN 'tcp' THEN ';transport=tcp'
            WHEN 'tls' THEN concat(';transport=tls;way=', p_trunk)
        END,
        ';user=phone'
    );
END
$function$;
ALTER FUNCTION switch.uri_by_trunk(text, text, text, bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.uri_by_trunk(text, text, text, bigint) FROM PUBLIC;
