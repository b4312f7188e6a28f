-- Show which phones are in calls, by what was replied (events r of tell): early while they ring or call, confirmed once
-- the call was answered, and forgotten where it was not. A phone is known by the ruid of its registration, the caller by
-- the phone that signed in (CALLER; 0 is not one of ours, and without one the reply says nothing of phones). Each is
-- shown to the other: FROM is the number that the caller shows, TO what was dialled. A call that was answered does not
-- ring again, and one in p_over is over by now; nor does a phone ring that has refused since, which another worker of the
-- switch may have told before. Returns how much of it is news.
CREATE OR REPLACE FUNCTION switch.calls_ring(p_node text, p_replies switch.told[], p_over text[]) RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $function$
DECLARE
    written integer := 0;
    refused integer := 0;
BEGIN
    -- A mobile has no registration: it is known by the number that was rung for it.
    IF EXISTS (SELECT FROM unnest(p_replies) reply WHERE reply.word[6] = '' AND reply.word[8] <> '') THEN
        p_replies := ARRAY(
            SELECT ROW(
                reply.place, reply.kind, reply.call, reply.key, reply.at, reply.word,
                coalesce(reply.phone, (
                    SELECT leg.phone_id
                    FROM switch.open_call open
                    JOIN public.telephony_callleg leg
                      ON leg.record_id = open.record_id AND leg.started_at = open.started_at
                    WHERE open.call = reply.key AND reply.word[6] = '' AND leg.role = 'rung'
                      AND leg.phone_id IS NOT NULL AND leg.number = switch.text_of(reply.word[7])
                    ORDER BY leg.step DESC
                    LIMIT 1
                ))
            )::switch.told
            FROM unnest(p_replies) reply
        );
    END IF;
    IF EXISTS (
        SELECT FROM unnest(p_replies) reply
        WHERE reply.word[8] <> '' AND reply.word[5]::integer < 300 AND reply.call <> ALL (p_over)
    ) THEN
        INSERT INTO switch.live_call (call_id, phone_id, employee_id, customer_id, direction, state, remote, node, since)
        SELECT left(switch.text_of(said.call), 255), phone.id, phone.employee_id, phone.customer_id, said.direction,
               CASE WHEN said.is_answered THEN 'confirmed' ELSE 'early' END, left(switch.text_of(said.remote), 255),
               switch.text_of(p_node), least(said.at, now())
        FROM (
            SELECT side.call, side.phone, bool_or(side.is_answered) AS is_answered,
                   coalesce(min(side.at) FILTER (WHERE side.is_answered), min(side.at)) AS at,
                   -- A phone that calls itself is in the call once.
                   (array_agg(side.direction ORDER BY side.place, side.direction DESC))[1] AS direction,
                   (array_agg(side.remote ORDER BY side.place, side.direction DESC))[1] AS remote
            FROM (
                SELECT reply.call, reply.place, reply.at, reply.word[5]::integer >= 200 AS is_answered, one.*
                FROM unnest(p_replies) reply
                CROSS JOIN LATERAL (
                    VALUES (reply.phone, 'recipient', reply.word[9]),
                           (nullif(reply.word[8], '')::bigint, 'initiator', reply.word[10])
                ) one (phone, direction, remote)
                WHERE reply.word[8] <> '' AND reply.word[5]::integer < 300 AND reply.call <> ALL (p_over)
                  -- A switch of the version before has no tag to know the record by.
                  AND (reply.word[5]::integer >= 200 OR reply.word[3] IN ('', '-') OR (
                      EXISTS (
                          SELECT FROM switch.open_call open WHERE open.call = reply.key AND NOT open.is_answered
                      ) AND NOT EXISTS (
                          SELECT FROM switch.open_call open
                          JOIN public.telephony_callleg leg
                            ON leg.record_id = open.record_id AND leg.started_at = open.started_at
                          WHERE open.call = reply.key AND leg.role = 'rung' AND leg.phone_id = reply.phone
                            AND leg.ended_at >= reply.at
                      )
                  ))
            ) side
            WHERE side.phone > 0
            GROUP BY side.call, side.phone
        ) said
        JOIN public.telephony_phone phone ON phone.id = said.phone
        ON CONFLICT (call_id, phone_id) DO UPDATE
        SET state = excluded.state, since = excluded.since
        WHERE live_call.state = 'early' AND excluded.state = 'confirmed';
        GET DIAGNOSTICS written = ROW_COUNT;
    END IF;
    IF EXISTS (
        SELECT FROM unnest(p_replies) reply WHERE reply.word[8] <> '' AND reply.word[5]::integer >= 300
    ) THEN
        DELETE FROM switch.live_call live
        USING unnest(p_replies) reply
        WHERE reply.word[8] <> '' AND reply.word[5]::integer >= 300
          AND live.call_id = left(switch.text_of(reply.call), 255)
          AND live.phone_id = reply.phone AND live.state = 'early';
        GET DIAGNOSTICS refused = ROW_COUNT;
    END IF;
    RETURN written + refused;
END
$function$;
ALTER FUNCTION switch.calls_ring(text, switch.told[], text[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.calls_ring(text, switch.told[], text[]) FROM PUBLIC;
