-- Take what a switch (p_node, in hex) tells of calls: one event a line, in the order in which they happened, its words
-- with | between them. All texts are in hex, see text_of; AT is in seconds since 1970, TAG the caller's tag; see the
-- functions named here for the rest.
--   b|CALL|TAG|AT|DOMAIN|USER|NUMBER|SOURCE|PLAN            a call begins                     calls_begin
--   s|CALL|TAG|AT|STEP                                      it goes on to a step of its plan  call_steps, stops_ringing
--   r|CALL|TAG|AT|STATUS|RUID|NUMBER|CALLER|FROM|TO         a phone or a trunk replies        calls_reply, calls_ring
--   e|CALL|TAG|AT|BY|STATUS                                 it has ended                      calls_end, calls_over
--   x|CALL|TAG|AT|BY                                        its end is not taken for one      end_refused
--   o|CALL|TAG|AT                                           nobody is in it any more (TAG is - but where the caller gave
--                                                           up)                               calls_over
--   l|CALL|TAG|AT                                           its phones are free, it waits on  call_is_over, offer_lost
--   q|CALL|TAG|AT|STEP|WHAT|OFFERS                          what a queue does with it         queue_legs, stops_ringing
--   p|CALL|TAG|AT|PHONE                                     somebody takes it by a code       call_picked_up
--   g|CALL|TAG|AT|TRUNK                                     it goes on by another trunk       went_by
--   m|-|-|AT|TOLD                                           it is passed on                   call_moves, record_moves
--   t|-|-|AT|TOLD                                           what else the controller tells    call_told
-- The plan of a call that began with the database away begins with ?, see known_plan.
-- What is told twice in a row as the same p_batch is written once: an answer may get lost. Events of the kinds b, r, e
-- and o are taken together, those of all calls: what comes between costs little more than one of them. The others are
-- taken one by one. Returns how much of it is news.
CREATE OR REPLACE FUNCTION switch.tell(p_node text, p_told text, p_batch text DEFAULT '') RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- A few rows are looked up along indexes, however many there are of others, by plans that a connection makes once.
SET plan_cache_mode = force_generic_plan
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_seqscan = off
AS $function$
DECLARE
    events switch.told[];
    event switch.told;
    together switch.told[] := '{}';
    is_plain boolean;
    news integer := 0;
BEGIN
    IF switch.is_told(p_node, p_batch) THEN
        RETURN 0;
    END IF;
    IF position('|?' IN p_told) > 0 THEN
        p_told := switch.tell_known(p_told);
    END IF;
    SELECT array_agg(
               ROW(
                   line.place, word[1], word[2], md5(lower(word[2]) || '/' || lower(word[3])),
                   to_timestamp(word[4]::numeric), word,
                   CASE WHEN word[1] = 'r' THEN switch.phone_of_ruid(word[6]) END
               )::switch.told
               ORDER BY line.place
           ),
           bool_and(word[1] IN ('b', 'r', 'e', 'o'))
    INTO events, is_plain
    FROM string_to_table(p_told, E'\n') WITH ORDINALITY line (text, place)
    CROSS JOIN LATERAL string_to_array(line.text, '|') word
    WHERE line.text <> '';
    -- What is tried again under the same name is a call of its own.
    IF is_plain AND NOT EXISTS (
        SELECT FROM unnest(events) again
        JOIN unnest(events) before ON before.call = again.call AND before.place < again.place
        WHERE again.kind = 'b' AND before.kind IN ('e', 'o')
    ) THEN
        news := switch.tell_together(p_node, events);
    ELSE
        FOREACH event IN ARRAY coalesce(events, '{}') LOOP
            IF together <> '{}' AND (
                event.kind NOT IN ('b', 'r', 'e', 'o') OR event.kind = 'b' AND EXISTS (
                    SELECT FROM unnest(together) before WHERE before.call = event.call AND before.kind IN ('e', 'o')
                )
            ) THEN
                news := news + switch.tell_together(p_node, together);
                together := '{}';
            END IF;
            IF event.kind IN ('b', 'r', 'e', 'o') THEN
                together := together || event;
                CONTINUE;
            END IF;
            news := news + CASE event.kind
                WHEN 's' THEN switch.stops_ringing(event.word[2]) + switch.call_steps(
                    event.word[2], event.word[3], event.word[4]::numeric, event.word[5]::integer)
                WHEN 'x' THEN switch.end_refused(event.word[2], event.word[3], event.word[4], event.word[5])
                WHEN 'l' THEN switch.call_is_over(event.word[2], 0, '') + switch.offer_lost(
                    event.word[2], event.word[3], event.word[4]::numeric)
                WHEN 'q' THEN switch.queue_legs(
                    event.word[2], event.word[3], event.word[4]::numeric, event.word[5]::integer, event.word[6], event.word[7])
                    + CASE event.word[6] WHEN 'missed' THEN switch.stops_ringing(event.word[2]) ELSE 0 END
                WHEN 'p' THEN switch.call_picked_up(
                    event.word[2], event.word[3], event.word[4]::numeric, event.word[5]::bigint)
                WHEN 'g' THEN switch.went_by(event.word[2], event.word[3], event.word[5]::bigint)
                WHEN 'm' THEN switch.record_moves(
                    event.word[4]::numeric, event.word[5], switch.call_moves(event.word[5]))
                WHEN 't' THEN switch.call_told(event.word[4]::numeric, event.word[5])
                ELSE 0
            END;
        END LOOP;
        IF together <> '{}' THEN
            news := news + switch.tell_together(p_node, together);
        END IF;
    END IF;
    RETURN news;
END
$function$;
ALTER FUNCTION switch.tell(text, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.tell(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.tell(text, text, text) TO kamailio;
