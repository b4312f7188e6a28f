-- Find agents for the callers that wait at a switch (its name in hex), the ones in front of each queue first, and tell
-- the switch which of them to wake: to ring those who were found (queue_targets), or to go on elsewhere because the
-- wait is over or nobody is signed in. Asked several times a second. An agent has one offer at most, in all queues
-- together: a unique index sees to that whoever asks at the same time. Who is in any call, paused, at rest or not to be
-- disturbed has none. Whoever has missed a call is offered it again only after the others.
CREATE OR REPLACE FUNCTION switch.queue_dispatch(p_node text)
RETURNS TABLE (t_index bigint, t_label bigint, what text, call text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 5
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    own text := switch.text_of(p_node);
    waiting record;
    free record;
    offered integer;
    exhausted bigint[] := '{}';
BEGIN
    -- What was said by hand ends, profiles sign in and out: once in a while is soon enough.
    IF random() < 0.3 THEN
        PERFORM switch.settle_members(NULL);
        PERFORM switch.queue_lost();
    END IF;
    IF NOT EXISTS (
        SELECT FROM public.telephony_queuecall caller
        WHERE caller.ended_at IS NULL AND caller.state = 'waiting' AND caller.node = own
    ) THEN
        RETURN;
    END IF;
    -- Somebody has fetched them by a code (code_pickup).
    RETURN QUERY
    WITH fetched AS (
        SELECT caller.id
        FROM public.telephony_queuecall caller
        WHERE caller.ended_at IS NULL AND caller.state = 'waiting' AND caller.node = own AND EXISTS (
            SELECT FROM public.telephony_queueoffer offer
            WHERE offer.call_id = caller.id AND offer.ended_at IS NULL AND offer.phone_id IS NOT NULL
        )
        FOR UPDATE OF caller SKIP LOCKED
    )
    UPDATE public.telephony_queuecall taken
    SET state = 'ringing'
    FROM fetched
    WHERE taken.id = fetched.id
    RETURNING taken.t_index, taken.t_label, 'ring', taken.call_id::text;
    RETURN QUERY
    WITH over AS (
        SELECT caller.id
        FROM public.telephony_queuecall caller
        JOIN public.telephony_queue queue ON queue.id = caller.queue_id
        WHERE caller.ended_at IS NULL AND caller.state = 'waiting' AND caller.node = own AND (
            caller.entered_at <= now() - queue.max_wait_seconds * interval '1 second'
            OR queue.ended_at IS NOT NULL
            -- A call has 30 branches at the switch, and each wait and each phone takes one: some are left to go on.
            OR (
                SELECT count(*) + count(DISTINCT tried.offered_at)
                FROM public.telephony_queueoffer tried
                WHERE tried.call_id = caller.id
            ) >= 22
            OR queue.overflow <> '' AND NOT EXISTS (
                SELECT FROM public.telephony_queuemember member
                JOIN public.tenancy_employee employee ON employee.id = member.employee_id AND employee.ended_at IS NULL
                WHERE member.queue_id = queue.id AND member.is_signed_in
            )
        )
        FOR UPDATE OF caller SKIP LOCKED
    )
    UPDATE public.telephony_queuecall gone
    SET state = 'ended', outcome = 'waited', ended_at = now()
    FROM over
    WHERE gone.id = over.id
    RETURNING gone.t_index, gone.t_label, 'over', gone.call_id::text;
    FOR waiting IN
        SELECT caller.id, caller.call_id, caller.t_index, caller.t_label, caller.queue_id, caller.customer_id,
               queue.strategy, queue.wrap_up_seconds,
               CASE
                   WHEN queue.strategy = 'fewest_calls'
                       THEN date_trunc('day', now(), switch.time_zone_of(caller.customer_id))
               END AS today
        FROM (
            -- One company's many callers do not keep others' from being looked at.
            SELECT id, row_number() OVER (PARTITION BY queue_id ORDER BY entered_at, id) AS place
            FROM public.telephony_queuecall
            WHERE ended_at IS NULL AND state = 'waiting' AND node = own
        ) line
        JOIN public.telephony_queuecall caller ON caller.id = line.id
        JOIN public.telephony_queue queue ON queue.id = caller.queue_id
        WHERE line.place <= 10 AND caller.state = 'waiting'
        ORDER BY line.place, caller.entered_at, caller.id
        FOR UPDATE OF caller SKIP LOCKED
    LOOP
        -- Where nobody was free for the first in line, nobody is for the next.
        CONTINUE WHEN waiting.queue_id = ANY (exhausted);
        offered := 0;
        FOR free IN
            SELECT member.id, member.employee_id
            FROM public.telephony_queuemember member
            JOIN public.tenancy_employee employee ON employee.id = member.employee_id AND employee.ended_at IS NULL
            WHERE member.queue_id = waiting.queue_id AND member.is_signed_in AND NOT member.leaves_after_call
              AND member.paused_at IS NULL
              AND (
                  member.last_ended_at IS NULL
                  OR member.last_ended_at + waiting.wrap_up_seconds * interval '1 second' <= now()
              )
              AND NOT EXISTS (SELECT FROM switch.live_call live WHERE live.employee_id = member.employee_id)
              -- The same as is_in_call, for a whole queue at once: a mobile has no row of its own among live calls.
              AND NOT EXISTS (
                  SELECT FROM public.telephony_queuecall talks
                  WHERE talks.answered_by_id = member.employee_id AND talks.ended_at IS NULL
              )
              AND NOT EXISTS (
                  SELECT FROM public.telephony_queueoffer offer
                  WHERE offer.employee_id = member.employee_id AND offer.ended_at IS NULL
              )
              AND NOT EXISTS (
                  SELECT FROM public.telephony_presence said
                  WHERE said.employee_id = member.employee_id AND said.state = 'dnd'
                    AND (said.state_until IS NULL OR said.state_until > now())
              )
            ORDER BY (
                SELECT count(*) FROM public.telephony_queueoffer tried
                WHERE tried.call_id = waiting.id AND tried.employee_id = member.employee_id
            ),
            CASE WHEN waiting.strategy = 'fewest_calls' THEN (
                SELECT count(*) FROM public.telephony_queuecall taken
                WHERE taken.queue_id = waiting.queue_id AND taken.answered_by_id = member.employee_id
                  AND taken.answered_at >= waiting.today
            ) END,
            CASE WHEN waiting.strategy = 'round_robin' THEN member.last_offered_at ELSE member.last_ended_at END
                NULLS FIRST,
            member.set_at, member.id
        LOOP
            -- Asked of as many as are rung, not of all who are signed in: it looks at every phone.
            CONTINUE WHEN NOT EXISTS (SELECT FROM switch.queue_phones(waiting.queue_id, free.employee_id, NULL));
            PERFORM FROM public.telephony_queuemember member
            WHERE member.id = free.id AND member.is_signed_in AND NOT member.leaves_after_call
              AND member.paused_at IS NULL
            FOR UPDATE SKIP LOCKED;
            CONTINUE WHEN NOT FOUND;
            INSERT INTO public.telephony_queueoffer (customer_id, call_id, employee_id, offered_at, outcome)
            VALUES (waiting.customer_id, waiting.id, free.employee_id, now(), '')
            ON CONFLICT DO NOTHING;
            CONTINUE WHEN NOT FOUND;
            UPDATE public.telephony_queuemember member SET last_offered_at = clock_timestamp() WHERE member.id = free.id;
            offered := offered + 1;
            EXIT WHEN offered = CASE WHEN waiting.strategy = 'ring_all' THEN 12 ELSE 1 END;
        END LOOP;
        IF offered > 0 THEN
            UPDATE public.telephony_queuecall SET state = 'ringing' WHERE id = waiting.id;
            RETURN QUERY SELECT waiting.t_index, waiting.t_label, 'ring', waiting.call_id::text;
        ELSE
            exhausted := exhausted || waiting.queue_id;
        END IF;
    END LOOP;
END
$function$;
ALTER FUNCTION switch.queue_dispatch(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_dispatch(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.queue_dispatch(text) TO kamailio;
