-- Take events of the kinds b, r, e and o, see tell: first all that begins, then what phones reply, then what ends. A
-- call that rings and ends in the same breath is never shown. Returns how much of it is news.
CREATE OR REPLACE FUNCTION switch.tell_together(p_node text, p_events switch.told[]) RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $function$
DECLARE
    begun switch.told[];
    replies switch.told[];
    over text[];
    ends switch.call_end[];
    news integer := 0;
BEGIN
    -- Who gives up a call in the moment in which it is taken is in it.
    IF EXISTS (SELECT FROM unnest(p_events) event WHERE event.kind = 'o' AND event.word[3] <> '-') THEN
        p_events := ARRAY(
            SELECT event::switch.told
            FROM unnest(p_events) event
            WHERE event.kind <> 'o' OR event.word[3] = '-' OR NOT (
                EXISTS (SELECT FROM switch.open_call open WHERE open.call = event.key AND open.is_answered)
                OR EXISTS (
                    SELECT FROM unnest(p_events) reply
                    WHERE reply.kind = 'r' AND reply.key = event.key AND starts_with(reply.word[5], '2')
                )
            )
            ORDER BY event.place
        );
    END IF;
    SELECT array_agg(event) FILTER (WHERE event.kind = 'b'),
           array_agg(event) FILTER (WHERE event.kind = 'r'),
           array_agg(DISTINCT event.call) FILTER (WHERE event.kind IN ('e', 'o'))
    INTO begun, replies, over
    FROM unnest(p_events) event;
    IF begun IS NOT NULL THEN
        news := switch.calls_begin(p_node, begun);
    END IF;
    IF over IS NOT NULL THEN
        ends := ARRAY(
            SELECT DISTINCT ON (event.key)
                   ROW(event.key, NULL, event.at, event.word[5], event.word[6]::integer)::switch.call_end
            FROM unnest(p_events) event
            WHERE event.kind = 'e'
            ORDER BY event.key, event.place
        );
        -- What a call hears once it has ended is no news.
        SELECT array_agg(reply) INTO replies
        FROM unnest(replies) reply
        WHERE NOT EXISTS (
            SELECT FROM unnest(p_events) event
            WHERE event.kind = 'e' AND event.key = reply.key AND event.place < reply.place
        );
    END IF;
    IF replies IS NOT NULL THEN
        news := news + switch.calls_reply(replies) + switch.calls_ring(p_node, replies, coalesce(over, '{}'));
    END IF;
    IF over IS NOT NULL THEN
        -- Of a caller who gives up while nobody rings the switch tells no other end.
        IF EXISTS (SELECT FROM unnest(p_events) event WHERE event.kind = 'o' AND event.word[3] <> '-') THEN
            ends := coalesce(ends, '{}') || ARRAY(
                SELECT DISTINCT ON (event.key) ROW(event.key, NULL, event.at, 'cancelled', 487)::switch.call_end
                FROM unnest(p_events) event
                JOIN public.telephony_queuecall waiting
                  ON waiting.call_id = left(switch.text_of(event.call), 255) AND waiting.ended_at IS NULL
                 AND waiting.state IN ('entering', 'waiting')
                WHERE event.kind = 'o' AND NOT EXISTS (SELECT FROM unnest(ends) told WHERE told.call = event.key)
                ORDER BY event.key, event.place
            );
        END IF;
        news := news + switch.calls_over(over);
    END IF;
    IF ends <> '{}' THEN
        news := news + switch.calls_end(ends);
    END IF;
    RETURN news;
END
$function$;
ALTER FUNCTION switch.tell_together(text, switch.told[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.tell_together(text, switch.told[]) FROM PUBLIC;
