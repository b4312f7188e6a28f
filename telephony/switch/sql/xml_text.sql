-- Write a text so that it can stand in XML, as content or in an attribute. The XML functions of Postgres are not in
-- every build of it.
CREATE OR REPLACE FUNCTION switch.xml_text(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT replace(replace(replace(replace(coalesce(p_text, ''), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'),
                   '"', '&quot;')
$function$;
ALTER FUNCTION switch.xml_text(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.xml_text(text) FROM PUBLIC;
