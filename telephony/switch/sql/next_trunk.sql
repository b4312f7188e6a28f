-- Tell Kamailio by which trunk a call goes on that another did not take: its address there and the trunk, or no row after
-- the last. The number, and the gateway and transport ("tls", "tcp" or "") that have failed, are in hex, see text_of.
CREATE OR REPLACE FUNCTION switch.next_trunk(p_number text, p_gateway text, p_transport text)
RETURNS TABLE (uri text, trunk bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT switch.uri_by_trunk(switch.text_of(p_number), other.gateway, other.transport, other.id), other.id
    FROM public.telephony_trunk other
    WHERE other.is_enabled AND (other.rank, other.id) > (
        SELECT failed.rank, failed.id
        FROM public.telephony_trunk failed
        WHERE lower(failed.gateway) = lower(switch.text_of(p_gateway))
          AND failed.transport = coalesce(nullif(switch.text_of(p_transport), ''), 'udp')
        ORDER BY failed.rank DESC, failed.id DESC
        LIMIT 1
    )
    ORDER BY other.rank, other.id
    LIMIT 1;
END
$function$;
ALTER FUNCTION switch.next_trunk(text, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.next_trunk(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.next_trunk(text, text, text) TO kamailio;
