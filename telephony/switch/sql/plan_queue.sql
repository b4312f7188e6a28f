-- Return a plan and behind it, from step p_next on, that a call waits in a queue, and where it goes on when nobody takes
-- it. Outside the opening hours it goes where the queue says for that. p_seen holds queues as numbers below
-- -10^12, beside employees and profiles: a call does not come back to where it has been.
CREATE OR REPLACE FUNCTION switch.plan_queue(
    p_plan switch.ring[], p_next integer, p_queue bigint, p_internal boolean, p_at timestamptz, p_seen bigint[]
) RETURNS switch.ring[]
LANGUAGE plpgsql STABLE
AS $function$
DECLARE
    queue public.telephony_queue;
    is_open boolean;
    onward text;
    further integer := p_next;
    waits integer;
    leads boolean := true;
    mark bigint := -1000000000000 - p_queue;
BEGIN
    SELECT * INTO queue FROM public.telephony_queue WHERE id = p_queue;
    IF mark = ANY (p_seen) OR cardinality(p_seen) > 8 OR cardinality(p_plan) > 100 THEN
        RETURN p_plan || ROW(p_next, 0, 'end', '480', 0, 0, NULL, NULL, NULL, queue.customer_id, 'loop')::switch.ring;
    END IF;
    is_open := (SELECT opening.is_open FROM switch.queue_opening(p_queue, p_at) opening);
    onward := CASE WHEN is_open THEN queue.overflow ELSE queue.closed_to END;
    IF is_open THEN
        further := p_next + 1;
        p_plan := p_plan || ROW(
            p_next, queue.max_wait_seconds, 'queue', queue.id::text, 0, 0, NULL, NULL, NULL, queue.customer_id, 'queue'
        )::switch.ring;
        waits := cardinality(p_plan);
    END IF;
    IF onward ~ '^[+][1-9][0-9]{5,14}$' AND NOT EXISTS (
        SELECT FROM public.telephony_ddi ddi WHERE ddi.number = onward AND ddi.ended_at IS NULL
    ) THEN
        -- The company calls on, as nobody in particular, and what is shut to it stays shut.
        p_plan := p_plan || CASE
            WHEN switch.call_refusal(queue.customer_id, onward) IS NOT NULL THEN ROW(
                further, 0, 'end', '403', 0, 0, NULL, NULL, NULL, queue.customer_id,
                switch.call_refusal(queue.customer_id, onward)
            )::switch.ring
            -- Whoever waits is not counted among the calls that caps hold, so a queue does not lead abroad.
            WHEN NOT switch.is_at_home(queue.customer_id, onward) THEN ROW(
                further, 0, 'end', '403', 0, 0, NULL, NULL, NULL, queue.customer_id, 'queue_abroad'
            )::switch.ring
            WHEN switch.trunk_uri(onward) IS NULL THEN ROW(
                further, 0, 'end', '503', 0, 0, NULL, NULL, NULL, queue.customer_id, 'no_trunk'
            )::switch.ring
            ELSE ROW(
                further, 120, 'trunk', switch.trunk_uri(onward), 0, 0,
                switch.outgoing_number(queue.customer_id, NULL, p_at), NULL, NULL, queue.customer_id, 'public_network'
            )::switch.ring
        END;
    ELSIF onward <> '' THEN
        p_plan := switch.plan_number(
            p_plan, further, queue.customer_id, NULL, onward, p_internal, p_at, p_seen || mark
        );
    ELSE
        leads := false;
    END IF;
    IF is_open AND leads THEN
        p_plan[waits].if_unanswered := further;
        p_plan[waits].if_busy := further;
    ELSIF NOT is_open AND NOT leads THEN
        p_plan := p_plan
            || ROW(p_next, 0, 'end', '480', 0, 0, NULL, NULL, NULL, queue.customer_id, 'closed')::switch.ring;
    END IF;
    RETURN p_plan;
END
$function$;
ALTER FUNCTION switch.plan_queue(switch.ring[], integer, bigint, boolean, timestamptz, bigint[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.plan_queue(switch.ring[], integer, bigint, boolean, timestamptz, bigint[]) FROM PUBLIC;
