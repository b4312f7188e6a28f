-- Write a status as SIP watchers get it: PIDF (RFC 3863) with the activities of RPID (RFC 4480), one document that
-- stands for all clients. What a client's user set by hand in that client shows at that client's own address, while
-- Myfone and calls say nothing else. Somebody hidden or gone is offline.
CREATE OR REPLACE FUNCTION switch.presence_document(p_address text, p_employee bigint, p_phone bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    known record;
    own record;
    basic text := 'closed';
    activities text[] := '{}';
    note text := '';
BEGIN
    SELECT aggregated.* INTO known
    FROM switch.aggregated_presence(ARRAY[p_employee]) aggregated
    JOIN public.tenancy_employee employee ON employee.id = aggregated.employee_id AND NOT employee.is_hidden;
    IF FOUND THEN
        note := known.note;
        basic := CASE WHEN known.state IN ('off', 'offline') THEN 'closed' ELSE 'open' END;
        activities := CASE
            WHEN known.state = 'dnd' THEN ARRAY['busy']
            WHEN known.why = 'call' THEN ARRAY['on-the-phone']
            WHEN known.state = 'busy' THEN ARRAY['busy']
            WHEN known.state IN ('away', 'brb', 'off') THEN ARRAY['away']
            ELSE '{}'::text[]
        END;
        IF known.why NOT IN ('hand', 'call', 'profile') THEN
            SELECT publication.is_open, publication.activities INTO own
            FROM switch.publication publication
            WHERE publication.phone_id = p_phone AND publication.is_live AND publication.expires_at > now()
            ORDER BY publication.changed_at DESC, publication.id DESC
            LIMIT 1;
            IF FOUND THEN
                basic := CASE WHEN own.is_open THEN 'open' ELSE 'closed' END;
                activities := own.activities;
            END IF;
        END IF;
    END IF;
    RETURN '<?xml version="1.0" encoding="UTF-8"?>' || E'\n'
        || '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"'
        || ' xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:' || switch.xml_text(p_address) || '">'
        || '<tuple id="myfone"><status><basic>' || basic || '</basic></status>'
        || CASE WHEN note <> '' THEN '<note>' || switch.xml_text(note) || '</note>' ELSE '' END
        || '</tuple><dm:person id="person"><rpid:activities>'
        || coalesce((SELECT string_agg('<rpid:' || one || '/>', '') FROM unnest(activities) one), '')
        || CASE WHEN known.state = 'dnd' THEN '<rpid:other>do-not-disturb</rpid:other>' ELSE '' END
        || '</rpid:activities>'
        || CASE WHEN note <> '' THEN '<dm:note>' || switch.xml_text(note) || '</dm:note>' ELSE '' END
        || '</dm:person></presence>';
END
$function$;
ALTER FUNCTION switch.presence_document(text, bigint, bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.presence_document(text, bigint, bigint) FROM PUBLIC;
