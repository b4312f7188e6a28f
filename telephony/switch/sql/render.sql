-- Put the document for an address where Kamailio's presence module finds it. Returns whether it says something new.
CREATE OR REPLACE FUNCTION switch.render(
    p_user text, p_domain text, p_event text, p_employee bigint, p_phone bigint
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    address text := p_user || '@' || p_domain;
    document bytea := convert_to(CASE p_event
        WHEN 'dialog' THEN switch.lamp_document(address, p_employee)
        ELSE switch.presence_document(address, p_employee, p_phone)
    END, 'UTF8');
BEGIN
    INSERT INTO kam.presentity (username, domain, event, etag, expires, received_time, body, sender, priority, ruid)
    VALUES (p_user, p_domain, p_event, 'myfone', 2147483647, extract(epoch FROM now())::integer, document, '', 0,
            md5(p_event || ':' || address))
    ON CONFLICT (username, domain, event, etag) DO UPDATE
    SET body = excluded.body, received_time = excluded.received_time
    WHERE presentity.body <> excluded.body;
    RETURN FOUND;
END
$function$;
ALTER FUNCTION switch.render(text, text, text, bigint, bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.render(text, text, text, bigint, bigint) FROM PUBLIC;
