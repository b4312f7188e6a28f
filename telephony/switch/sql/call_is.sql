-- Remember that a phone of ours is in a call: early while it is set up or rings, confirmed when it was answered.
-- Whoever routes calls says it; a call that was answered does not ring again. Texts are in hex, see text_of. Returns 1 when that is news.
CREATE OR REPLACE FUNCTION switch.call_is(
    p_call text, p_phone bigint, p_direction text, p_state text, p_remote text, p_node text
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    written integer;
BEGIN
    INSERT INTO switch.live_call (call_id, phone_id, employee_id, customer_id, direction, state, remote, node)
    SELECT left(switch.text_of(p_call), 255), phone.id, phone.employee_id, phone.customer_id, p_direction, p_state,
           left(switch.text_of(p_remote), 255), switch.text_of(p_node)
    FROM public.telephony_phone phone
    WHERE phone.id = p_phone
    ON CONFLICT (call_id, phone_id) DO UPDATE
    SET state = excluded.state, since = now()
    WHERE live_call.state = 'early' AND excluded.state = 'confirmed';
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$function$;
ALTER FUNCTION switch.call_is(text, bigint, text, text, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_is(text, bigint, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.call_is(text, bigint, text, text, text, text) TO kamailio;
