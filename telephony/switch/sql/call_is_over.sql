-- Forget a call: for one phone, or for all that are in it (p_phone 0). With an empty p_call, all calls of a switch,
-- which says so when it starts. Texts are in hex, see text_of. Returns how many rows were forgotten.
CREATE OR REPLACE FUNCTION switch.call_is_over(p_call text, p_phone bigint, p_node text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    gone integer;
BEGIN
    IF p_call = '' THEN
        DELETE FROM switch.live_call WHERE node = switch.text_of(p_node);
    ELSE
        DELETE FROM switch.live_call
        WHERE call_id = left(switch.text_of(p_call), 255) AND p_phone IN (0, phone_id);
    END IF;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$function$;
ALTER FUNCTION switch.call_is_over(text, bigint, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_is_over(text, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.call_is_over(text, bigint, text) TO kamailio;
