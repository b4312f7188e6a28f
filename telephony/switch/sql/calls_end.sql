-- End records of calls. `by` says who ended a call: caller, callee, switch (with the status that it gave), cancelled
-- where the caller gave up, or lost when nobody was heard any more. Returns how many records were ended.
CREATE OR REPLACE FUNCTION switch.calls_end(p_ends switch.call_end[]) RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $function$
DECLARE
    gone switch.open_call[];
    earliest timestamptz;
    latest timestamptz;
    abroad bigint[];
    missed text[];
BEGIN
    WITH deleted AS (
        DELETE FROM switch.open_call open
        USING unnest(p_ends) ending
        WHERE open.call = ending.call AND (ending.customer_id IS NULL OR open.customer_id = ending.customer_id)
        RETURNING open.*
    )
    SELECT array_agg(deleted::switch.open_call), min(deleted.started_at), max(deleted.started_at)
    INTO gone, earliest, latest
    FROM deleted;
    IF gone IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE public.telephony_callrecord record
    SET ended_at = greatest(ending.at, record.answered_at, record.started_at),
        ended_by = CASE ending.by WHEN 'cancelled' THEN 'caller' ELSE ending.by END,
        status = CASE WHEN ending.status > 0 THEN ending.status ELSE record.status END,
        outcome = CASE
            WHEN record.answered_at IS NOT NULL THEN 'answered'
            WHEN ending.by = 'cancelled' THEN 'cancelled'
            WHEN ending.by = 'lost' THEN 'failed'
            WHEN ending.status IN (486, 600) THEN 'busy'
            WHEN ending.status IN (403, 603) THEN 'refused'
            WHEN ending.status IN (408, 480, 487) THEN 'missed'
            ELSE 'failed'
        END
    FROM unnest(gone) open
    JOIN unnest(p_ends) ending
      ON ending.call = open.call AND (ending.customer_id IS NULL OR ending.customer_id = open.customer_id)
    WHERE record.id = open.record_id AND record.started_at = open.started_at
      AND record.started_at BETWEEN earliest AND latest;
    WITH closed AS (
        UPDATE public.telephony_callleg leg
        SET ended_at = CASE
                WHEN leg.role = 'end' THEN NULL
                ELSE coalesce(leg.ended_at, greatest(ending.at, leg.began_at))
            END,
            outcome = CASE
                WHEN leg.role NOT IN ('rung', 'queue') OR leg.outcome <> '' THEN leg.outcome
                WHEN leg.role = 'queue' AND ending.by = 'switch'
                    THEN switch.wait_outcome(leg.queue_id, leg.began_at, ending.at)
                WHEN leg.role = 'queue' THEN 'abandoned'
                WHEN open.is_answered THEN 'elsewhere'
                ELSE 'unanswered'
            END,
            part = CASE
                WHEN leg.part <> 'missed' THEN leg.part
                WHEN leg.answered_at IS NOT NULL OR EXISTS (
                    SELECT FROM public.telephony_callleg own
                    WHERE own.record_id = leg.record_id AND own.started_at = leg.started_at
                      AND own.started_at BETWEEN earliest AND latest
                      AND own.employee_id = leg.employee_id AND own.answered_at IS NOT NULL
                ) THEN 'answered'
                WHEN open.is_answered THEN 'elsewhere'
                ELSE 'missed'
            END
        FROM unnest(gone) open
        JOIN unnest(p_ends) ending
          ON ending.call = open.call AND (ending.customer_id IS NULL OR ending.customer_id = open.customer_id)
        WHERE leg.record_id = open.record_id AND leg.started_at = open.started_at
          AND leg.started_at BETWEEN earliest AND latest
        RETURNING leg.customer_id, leg.employee_id, leg.part, leg.number, leg.role, leg.answered_at
    )
    -- Minutes are summed over the customer's day: only where some can have been added.
    SELECT array_agg(DISTINCT closed.customer_id) FILTER (
               WHERE closed.role = 'rung' AND closed.answered_at IS NOT NULL AND starts_with(closed.number, '+')
                 AND NOT switch.is_at_home(closed.customer_id, closed.number)
           ),
           array_agg(DISTINCT closed.customer_id || ' ' || closed.employee_id) FILTER (WHERE closed.part = 'missed')
    INTO abroad, missed
    FROM closed;
    -- Whoever missed it is told, also where no phone rang for it.
    IF missed IS NOT NULL THEN
        PERFORM pg_notify('live', whom) FROM unnest(missed) whom;
    END IF;
    IF abroad IS NOT NULL THEN
        PERFORM switch.watch_caps(customer) FROM unnest(abroad) customer;
    END IF;
    RETURN cardinality(gone);
END
$function$;
ALTER FUNCTION switch.calls_end(switch.call_end[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.calls_end(switch.call_end[]) FROM PUBLIC;
