-- Take down what phones (known by the ruid of their registrations) or numbers answered to calls (events r of tell): they
-- ring, have taken the call, or have not. Of several replies of the same one that are told together the last counts, or
-- the first that took the call; a worker of the switch may tell that a phone rings after another has told that it has
-- refused. Returns how many legs say so.
CREATE OR REPLACE FUNCTION switch.calls_reply(p_replies switch.told[]) RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $function$
DECLARE
    going switch.open_call[];
    earliest timestamptz;
    latest timestamptz;
    answered switch.told[];
    taken public.telephony_callleg[];
    said integer;
BEGIN
    SELECT array_agg(open), min(open.started_at), max(open.started_at)
    INTO going, earliest, latest
    FROM switch.open_call open
    WHERE open.call = ANY (ARRAY(SELECT reply.key FROM unnest(p_replies) reply));
    IF going IS NULL THEN
        RETURN 0;
    END IF;
    WITH told AS (
        SELECT reply.key, reply.phone, CASE WHEN reply.word[6] = '' THEN reply.word[7] END AS number, reply.place,
               reply.at, reply.word[5]::integer AS status, reply.word[6] = '' AS is_number,
               reply.word[5]::integer BETWEEN 200 AND 299 AS is_taken,
               min(reply.place) FILTER (WHERE reply.word[5]::integer BETWEEN 200 AND 299)
                   OVER (PARTITION BY reply.key, reply.phone, reply.word[6] = '', CASE WHEN reply.word[6] = '' THEN reply.word[7] END)
                   AS taken
        FROM unnest(p_replies) reply
        WHERE reply.word[6] = '' OR reply.phone IS NOT NULL
    ), each AS (
        SELECT told.key, told.phone, told.is_number, switch.text_of(told.number) AS number,
               min(told.at) FILTER (WHERE told.status < 300) AS rang_at,
               (array_agg(told.at ORDER BY told.is_taken DESC, told.at DESC, told.place DESC))[1] AS at,
               (array_agg(told.status ORDER BY told.is_taken DESC, told.at DESC, told.place DESC))[1] AS status,
               (array_agg(told.status ORDER BY told.place DESC) FILTER (WHERE told.status < 300))[1] AS rings
        FROM told
        WHERE told.taken IS NULL OR told.place <= told.taken
        GROUP BY told.key, told.phone, told.is_number, told.number
    ), changed AS (
        UPDATE public.telephony_callleg leg
        SET rang_at = coalesce(leg.rang_at, each.rang_at),
            answered_at = CASE WHEN each.status BETWEEN 200 AND 299 THEN each.at END,
            ended_at = CASE WHEN each.status >= 300 AND NOT (leg.why = 'queue' AND each.status = 487) THEN each.at END,
            status = CASE WHEN leg.why = 'queue' AND each.status = 487 THEN each.rings ELSE each.status END,
            outcome = CASE
                WHEN each.status < 200 OR leg.why = 'queue' AND each.status = 487 THEN leg.outcome
                WHEN each.status < 300 THEN 'answered'
                WHEN each.status IN (486, 600) THEN 'busy'
                WHEN each.status IN (408, 480, 487) THEN 'unanswered'
                WHEN each.status IN (403, 603) THEN 'refused'
                ELSE 'failed'
            END
        FROM each
        JOIN unnest(going) open ON open.call = each.key
        WHERE leg.record_id = open.record_id AND leg.started_at = open.started_at AND leg.role = 'rung'
          AND leg.started_at BETWEEN earliest AND latest
          AND leg.answered_at IS NULL AND (each.status >= 200 OR leg.ended_at IS NULL OR leg.ended_at < each.at)
          -- A queue rings the same phone again and again; that it was stopped is told by queue_legs.
          AND (leg.why <> 'queue' OR leg.ended_at IS NULL AND (each.status <> 487 OR each.rings IS NOT NULL))
          AND NOT EXISTS (
              SELECT FROM public.telephony_callleg later
              WHERE later.record_id = open.record_id AND later.started_at = open.started_at AND later.step > leg.step
                AND later.started_at BETWEEN earliest AND latest
          )
          AND CASE WHEN each.is_number THEN leg.number = each.number ELSE leg.phone_id = each.phone END
        RETURNING leg.*
    )
    SELECT count(*), array_agg(changed::public.telephony_callleg) FILTER (WHERE changed.answered_at IS NOT NULL)
    INTO said, taken
    FROM changed;
    -- Whoever took it first.
    answered := ARRAY(
        SELECT DISTINCT ON (reply.key) reply
        FROM unnest(p_replies) reply
        WHERE reply.word[5]::integer BETWEEN 200 AND 299
        ORDER BY reply.key, reply.place
    );
    IF answered = '{}' THEN
        RETURN said;
    END IF;
    UPDATE switch.open_call open SET is_answered = true
    FROM unnest(answered) reply
    WHERE open.call = reply.key AND NOT open.is_answered;
    UPDATE public.telephony_callrecord record
    SET answered_at = reply.at, status = reply.word[5]::integer,
        answered_by_id = (
            SELECT leg.employee_id FROM unnest(taken) leg
            WHERE leg.record_id = record.id AND leg.answered_at = reply.at
            LIMIT 1
        )
    FROM unnest(answered) reply
    JOIN unnest(going) open ON open.call = reply.key
    WHERE record.id = open.record_id AND record.started_at = open.started_at AND record.answered_at IS NULL
      AND record.started_at BETWEEN earliest AND latest;
    IF EXISTS (SELECT FROM unnest(taken) leg WHERE leg.why = 'queue' OR leg.queue_id IS NOT NULL) THEN
        UPDATE public.telephony_callleg leg
        SET outcome = 'answered', answered_at = rung.answered_at
        FROM unnest(taken) rung
        WHERE leg.record_id = rung.record_id AND leg.started_at = rung.started_at
          AND leg.started_at BETWEEN earliest AND latest
          AND leg.role = 'queue' AND leg.step = rung.step AND leg.ended_at IS NULL;
    END IF;
    RETURN said;
END
$function$;
ALTER FUNCTION switch.calls_reply(switch.told[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.calls_reply(switch.told[]) FROM PUBLIC;
