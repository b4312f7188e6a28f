-- Take what the call controller tells of calls, or the switch for it: words with points between them, the first one says what, the others
-- are in hex (see text_of). Moves to another call are taken by call_moves and record_moves.
--   pulled.CALL.TAG.SIDE.PHONE               somebody goes on at another phone (its id)
--   over.CALL.TAG.BY[.STATUS]                a call is over whose end no phone will tell: by caller or callee, with the
--                                            status that stands for what they did while it rang
--   came.CALL.TAG                            somebody has answered a call that was sent on by who has left it before: they
--                                            are shown whom they talk to
--   past.CALL.TAG.NEW.NEWTAG                 the controller has gone while it rang, and it rings on under the name that
--                                            follows, see call_past
-- Returns how many rows say so.
CREATE OR REPLACE FUNCTION switch.call_told(p_at numeric, p_told text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    word text[] := string_to_array(p_told, '.');
    call text := left(switch.text_of(word[2]), 255);
    side text := switch.text_of(word[4]);
    moment timestamptz := to_timestamp(p_at);
    done integer := 0;
BEGIN
    CASE word[1]
        WHEN 'pulled' THEN
            UPDATE switch.live_call live
            SET phone_id = switch.text_of(word[5])::bigint
            WHERE live.call_id = call AND live.direction = side AND live.state = 'confirmed';
            GET DIAGNOSTICS done = ROW_COUNT;
            INSERT INTO public.telephony_callleg (
                record_id, started_at, customer_id, employee_id, phone_id, place, role, part, number, why, outcome,
                began_at, answered_at, status
            )
            SELECT open.record_id, open.started_at, phone.customer_id, phone.employee_id, phone.id, 900, 'rung', '', '',
                   'pulled', 'answered', moment, moment, 200
            FROM switch.open_call open
            JOIN public.telephony_phone phone ON phone.id = switch.text_of(word[5])::bigint
            WHERE open.call = switch.call_key(word[2], word[3]) AND open.customer_id = phone.customer_id;
            RETURN done;
        WHEN 'over' THEN
            RETURN switch.queue_over(word[2]) + switch.call_is_over(word[2], 0, '')
                + switch.calls_end(ARRAY[
                    ROW(
                        switch.call_key(word[2], word[3]), NULL, moment, switch.text_of(word[4]),
                        coalesce(switch.text_of(word[5]), '0')::integer
                    )::switch.call_end
                ]);
        WHEN 'came' THEN
            UPDATE switch.live_call live
            SET remote = leg.number
            FROM switch.open_call open
            JOIN public.telephony_callleg leg ON leg.record_id = open.record_id AND leg.started_at = open.started_at
            WHERE open.call = switch.call_key(word[2], word[3]) AND leg.role = 'joined' AND leg.number <> ''
              AND live.call_id = left(switch.text_of(word[2]), 255) AND live.direction = 'recipient' AND live.customer_id = open.customer_id;
            GET DIAGNOSTICS done = ROW_COUNT;
            RETURN done;
        WHEN 'past' THEN
            RETURN switch.call_past(word[2], word[3], word[4], word[5]);
        ELSE
            RETURN 0;
    END CASE;
END
$function$;
ALTER FUNCTION switch.call_told(numeric, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_told(numeric, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.call_told(numeric, text) TO kamailio;
