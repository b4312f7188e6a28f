-- Return what a call is known by: its Call-ID and its caller's tag, both in hex, see text_of.
CREATE OR REPLACE FUNCTION switch.call_key(p_call text, p_tag text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $function$
BEGIN
    RETURN (
        SELECT md5(lower(p_call) || '/' || lower(p_tag))
    );
END
$function$;
ALTER FUNCTION switch.call_key(text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_key(text, text) FROM PUBLIC;
