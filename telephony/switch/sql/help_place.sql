-- Tell Kamailio where a phone is, for a call for help: the site, the document that says so (a civic address in PIDF-LO:
-- RFC 4119, RFC 5139), and which gateways are to be told, between bars. The phone's own site goes before its
-- employee's, and that before the company's default. One row for every phone; site 0 and no document where no address
-- is known. Domain and user are in hex, see text_of.
CREATE OR REPLACE FUNCTION switch.help_place(p_domain text, p_user text)
RETURNS TABLE (site bigint, document text, takers text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT coalesce(place.id, 0),
           CASE WHEN place.id IS NULL THEN '' ELSE replace(concat(
               '<?xml version="1.0" encoding="UTF-8"?>', chr(10),
               '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"',
               ' xmlns:gbp="urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy"',
               ' xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr" entity="pres:site@',
               switch.xml_text(lower(domain.name)), '">', chr(10),
               '<tuple id="site"><status><gp:geopriv><gp:location-info><ca:civicAddress>',
               '<ca:country>', switch.xml_text(place.country), '</ca:country>',
               '<ca:A3>', switch.xml_text(place.town), '</ca:A3>',
               '<ca:RD>', switch.xml_text(place.street), '</ca:RD>',
               -- HNO is the numeric part alone; what follows it has an element of its own.
               '<ca:HNO>' || nullif(switch.xml_text(substring(place.house_number FROM '^[0-9]+')), '') || '</ca:HNO>',
               '<ca:HNS>' || nullif(switch.xml_text(btrim(regexp_replace(place.house_number, '^[0-9]+', ''))), '')
                   || '</ca:HNS>',
               '<ca:LOC>' || nullif(switch.xml_text(place.details), '') || '</ca:LOC>',
               '<ca:NAM>', switch.xml_text(customer.name), '</ca:NAM>',
               '<ca:PC>', switch.xml_text(place.postcode), '</ca:PC>',
               '</ca:civicAddress></gp:location-info><gp:usage-rules>',
               '<gbp:retransmission-allowed>yes</gbp:retransmission-allowed></gp:usage-rules>',
               '<gp:method>Manual</gp:method></gp:geopriv></status></tuple>', chr(10),
               '</presence>', chr(10)
           ), chr(10), chr(13) || chr(10)) END,
           coalesce(
               (
                   SELECT '|' || string_agg(trunk.gateway, '|') || '|'
                   FROM public.telephony_trunk trunk
                   WHERE trunk.is_enabled AND trunk.takes_location
               ),
               '|'
           )
    FROM public.telephony_sipdomain domain
    JOIN public.tenancy_customer customer ON customer.id = domain.customer_id
    JOIN public.telephony_phone phone
      ON phone.sip_domain_id = domain.id AND lower(phone.username) = lower(switch.text_of(p_user))
     AND phone.ended_at IS NULL
    LEFT JOIN LATERAL (
        SELECT known.*
        FROM public.telephony_site known
        LEFT JOIN public.telephony_siteplace at_phone ON at_phone.phone_id = phone.id
        LEFT JOIN public.telephony_siteplace at_person
          ON at_person.employee_id = phone.employee_id AND at_person.phone_id IS NULL
        WHERE known.customer_id = domain.customer_id
          AND (known.id IN (at_phone.site_id, at_person.site_id) OR known.is_default)
        ORDER BY known.id = at_phone.site_id DESC NULLS LAST, known.id = at_person.site_id DESC NULLS LAST
        LIMIT 1
    ) place ON true
    WHERE lower(domain.name) = lower(switch.text_of(p_domain)) AND domain.ended_at IS NULL;
END
$function$;
ALTER FUNCTION switch.help_place(text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.help_place(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.help_place(text, text) TO kamailio;
