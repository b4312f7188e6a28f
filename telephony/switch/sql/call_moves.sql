-- A call was passed on: moves.CALL.TAG.SIDE.NEW.NEWTAG.NEWSIDE.NUMBER, words in hex (see text_of). Who stands on that
-- side of a call takes that side in a new one, in which NUMBER was called; whoever stood opposite in the first, and in
-- that place of the new one, has left. Live rows say so at once. Returns for record_moves: who has moved and who has
-- left (ids of phones, or 0), and what numbers the one who left had seen in both, in hex. Local numbers of the company
-- in which it was passed on say nothing to others: they are shown whom they called, as before.
CREATE OR REPLACE FUNCTION switch.call_moves(p_told text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    word text[] := string_to_array(p_told, '.');
    call text := left(switch.text_of(word[2]), 255);
    side text := switch.text_of(word[4]);
    next text := left(switch.text_of(word[5]), 255);
    next_side text := switch.text_of(word[7]);
    kept switch.live_call;
    passed switch.live_call;
    replaced switch.live_call;
    company bigint;
    goes_on_with text;
BEGIN
    SELECT * INTO kept FROM switch.live_call live WHERE live.call_id = call AND live.direction = side;
    SELECT * INTO passed FROM switch.live_call live WHERE live.call_id = call AND live.direction <> side;
    SELECT * INTO replaced FROM switch.live_call live WHERE live.call_id = next AND live.direction = next_side;
    company := coalesce(passed.customer_id, replaced.customer_id);
    goes_on_with := coalesce(replaced.remote, switch.text_of(word[8]));
    DELETE FROM switch.live_call live
    WHERE live.call_id = call AND live.direction <> side OR live.call_id = next AND live.direction = next_side
       -- A phone that was sent to itself is in the new call once.
       OR live.call_id = next AND live.phone_id = kept.phone_id;
    -- Each is shown the other as the one who passed the call on had seen it.
    UPDATE switch.live_call live
    SET remote = left(coalesce(passed.remote, live.remote), 255)
    WHERE live.call_id = next AND live.direction <> next_side AND live.customer_id = company;
    UPDATE switch.live_call live
    SET call_id = next, direction = next_side,
        remote = CASE WHEN live.customer_id IS NOT DISTINCT FROM company THEN left(goes_on_with, 255) ELSE live.remote END
    WHERE live.call_id = call AND live.direction = side;
    -- An agent who has left a queue's call rests now, and is free after that.
    IF side = 'initiator' THEN
        PERFORM switch.queue_over(word[2]);
    END IF;
    IF next_side = 'recipient' THEN
        PERFORM switch.queue_over(word[5]);
    END IF;
    RETURN concat_ws(
        '.', coalesce(kept.phone_id, 0), coalesce(passed.phone_id, replaced.phone_id, 0),
        encode(convert_to(coalesce(passed.remote, ''), 'UTF8'), 'hex'),
        encode(convert_to(coalesce(goes_on_with, ''), 'UTF8'), 'hex')
    );
END
$function$;
ALTER FUNCTION switch.call_moves(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_moves(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.call_moves(text) TO kamailio;
