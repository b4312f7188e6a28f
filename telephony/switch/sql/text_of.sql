-- Turn what a client sent, in hex, into text. Hex needs no quoting rules, so nothing that a client sends can end a
-- literal: neither with this server's settings nor with others. What is not text becomes the empty text.
CREATE OR REPLACE FUNCTION switch.text_of(p_hex text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $function$
BEGIN
    -- What is plain needs no trap for errors, which costs more than all the rest.
    IF p_hex ~ '^(?:[2-7][0-9a-fA-F])*$' THEN
        RETURN convert_from(decode(p_hex, 'hex'), 'UTF8');
    END IF;
    BEGIN
        RETURN convert_from(decode(p_hex, 'hex'), 'UTF8');
    EXCEPTION
        WHEN invalid_parameter_value OR character_not_in_repertoire OR untranslatable_character THEN
            RETURN '';
    END;
END
$function$;
ALTER FUNCTION switch.text_of(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.text_of(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.text_of(text) TO kamailio;
