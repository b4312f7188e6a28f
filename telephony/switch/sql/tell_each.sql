-- Take what a switch tells, see tell, line by line, because all of it together failed. Returns the lines that fail alone.
CREATE OR REPLACE FUNCTION switch.tell_each(p_node text, p_told text, p_batch text DEFAULT '') RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    line text;
    failed text := '';
BEGIN
    IF switch.is_told(p_node, p_batch) THEN
        RETURN '';
    END IF;
    FOR line IN
        SELECT one.line FROM string_to_table(p_told, E'\n') WITH ORDINALITY one (line, place)
        WHERE one.line <> ''
        ORDER BY one.place
    LOOP
        BEGIN
            PERFORM switch.tell(p_node, line);
        EXCEPTION WHEN OTHERS THEN
            failed := failed || SQLERRM || ': ' || line || E'\n';
        END;
    END LOOP;
    RETURN failed;
END
$function$;
ALTER FUNCTION switch.tell_each(text, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.tell_each(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.tell_each(text, text, text) TO kamailio;
