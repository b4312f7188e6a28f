-- Read a piece of XML as one line of text: entities and CDATA become what they stand for, white space becomes one
-- blank, at most 200 letters are kept.
CREATE OR REPLACE FUNCTION switch.text_from_xml(p_xml text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
-- The switch's connection takes backslashes for escapes; here they are what they look like.
SET standard_conforming_strings = on
AS $function$
DECLARE
    known text := regexp_replace(coalesce(p_xml, ''), '<!\[CDATA\[(.*?)\]\]>', '\1', 'g');
    found text[];
    code bigint;
BEGIN
    FOR found IN SELECT DISTINCT regexp_matches(known, '(&#(x?)([0-9a-fA-F]{1,7});)', 'g') LOOP
        code := CASE WHEN found[2] = 'x' THEN ('x' || lpad(found[3], 8, '0'))::bit(32)::bigint
                     WHEN found[3] ~ '^[0-9]+$' THEN found[3]::bigint END;
        known := replace(known, found[1], CASE
            WHEN code BETWEEN 32 AND 55295 OR code BETWEEN 57344 AND 1114111 THEN chr(code::integer) ELSE ' ' END);
    END LOOP;
    known := replace(replace(replace(replace(replace(
        known, '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&apos;', ''''), '&amp;', '&');
    RETURN left(btrim(regexp_replace(known, '[[:space:][:cntrl:]]+', ' ', 'g')), 200);
END
$function$;
ALTER FUNCTION switch.text_from_xml(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.text_from_xml(text) FROM PUBLIC;
