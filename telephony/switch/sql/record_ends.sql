-- End one record of a call. p_by says who ended it: caller, callee, switch, or lost when nobody was heard any more.
CREATE OR REPLACE FUNCTION switch.record_ends(
    p_open switch.open_call, p_at timestamptz, p_by text, p_cancelled boolean, p_status integer
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    DELETE FROM switch.open_call open WHERE open.call = p_open.call AND open.customer_id = p_open.customer_id;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    UPDATE public.telephony_callrecord record
    SET ended_at = greatest(p_at, record.answered_at, record.started_at),
        ended_by = p_by,
        status = CASE WHEN p_status > 0 THEN p_status ELSE record.status END,
        outcome = CASE
            WHEN record.answered_at IS NOT NULL THEN 'answered'
            WHEN p_cancelled THEN 'cancelled'
            WHEN p_by = 'lost' THEN 'failed'
            WHEN p_status IN (486, 600) THEN 'busy'
            WHEN p_status IN (403, 603) THEN 'refused'
            WHEN p_status IN (408, 480, 487) THEN 'missed'
            ELSE 'failed'
        END
    WHERE record.id = p_open.record_id AND record.started_at = p_open.started_at;
    UPDATE public.telephony_callleg leg
    SET ended_at = CASE WHEN leg.role = 'end' THEN NULL ELSE coalesce(leg.ended_at, greatest(p_at, leg.began_at)) END,
        outcome = CASE
            WHEN leg.role NOT IN ('rung', 'queue') OR leg.outcome <> '' THEN leg.outcome
            WHEN leg.role = 'queue' AND p_by = 'switch' THEN switch.wait_outcome(leg.queue_id, leg.began_at, p_at)
            WHEN leg.role = 'queue' THEN 'abandoned'
            WHEN p_open.is_answered THEN 'elsewhere'
            ELSE 'unanswered'
        END,
        part = CASE
            WHEN leg.part <> 'missed' THEN leg.part
            WHEN EXISTS (
                SELECT FROM public.telephony_callleg own
                WHERE own.record_id = leg.record_id AND own.started_at = leg.started_at
                  AND own.employee_id = leg.employee_id AND own.answered_at IS NOT NULL
            ) THEN 'answered'
            WHEN p_open.is_answered THEN 'elsewhere'
            ELSE 'missed'
        END
    WHERE leg.record_id = p_open.record_id AND leg.started_at = p_open.started_at;
    -- Minutes are summed over the customer's day: only where some can have been added.
    IF EXISTS (
        SELECT FROM public.telephony_callleg leg
        WHERE leg.record_id = p_open.record_id AND leg.started_at = p_open.started_at
          AND leg.role = 'rung' AND leg.answered_at IS NOT NULL AND starts_with(leg.number, '+')
          AND NOT switch.is_at_home(p_open.customer_id, leg.number)
    ) THEN
        PERFORM switch.watch_caps(p_open.customer_id);
    END IF;
    RETURN 1;
END
$function$;
ALTER FUNCTION switch.record_ends(switch.open_call, timestamptz, text, boolean, integer) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.record_ends(switch.open_call, timestamptz, text, boolean, integer) FROM PUBLIC;
