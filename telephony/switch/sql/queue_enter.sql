-- Take down a call that comes to a queue, before it waits there; p_index and p_label are the switch's name of its
-- transaction, p_node the switch. Returns 1, or 0 when the queue is full and the call goes on. Texts are in hex.
CREATE OR REPLACE FUNCTION switch.queue_enter(
    p_call text, p_queue bigint, p_index bigint, p_label bigint, p_caller text, p_name text, p_node text
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    queue public.telephony_queue;
    is_full boolean;
BEGIN
    -- Two that come at once for the last place are told apart.
    PERFORM pg_advisory_xact_lock(hashtext('queue'), p_queue::integer);
    -- So is a call that comes to two queues at once: it waits in the one that it came to last.
    PERFORM pg_advisory_xact_lock(hashtext('queue call'), hashtext(p_call));
    SELECT * INTO queue FROM public.telephony_queue WHERE id = p_queue AND ended_at IS NULL;
    IF queue.id IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM switch.queue_over(p_call);
    is_full := queue.max_length <= (
        SELECT count(*) FROM public.telephony_queuecall waiting
        WHERE waiting.queue_id = p_queue AND waiting.ended_at IS NULL AND waiting.state <> 'talking'
    );
    INSERT INTO public.telephony_queuecall (
        public_id, customer_id, queue_id, call_id, node, t_index, t_label, caller, caller_name, state, outcome,
        entered_at, ended_at
    ) VALUES (
        gen_random_uuid(), queue.customer_id, p_queue, left(switch.text_of(p_call), 255), switch.text_of(p_node),
        p_index, p_label,
        left(
            coalesce(
                switch.international(
                    switch.text_of(p_caller),
                    coalesce(
                        (
                            SELECT policy.country FROM public.telephony_callpolicy policy
                            WHERE policy.customer_id = queue.customer_id
                        ),
                        'DK'
                    )
                ),
                switch.text_of(p_caller)
            ),
            64
        ), left(switch.text_of(p_name), 255),
        CASE WHEN is_full THEN 'ended' ELSE 'entering' END, CASE WHEN is_full THEN 'full' ELSE '' END,
        now(), CASE WHEN is_full THEN now() END
    );
    RETURN CASE WHEN is_full THEN 0 ELSE 1 END;
END
$function$;
ALTER FUNCTION switch.queue_enter(text, bigint, bigint, bigint, text, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_enter(text, bigint, bigint, bigint, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.queue_enter(text, bigint, bigint, bigint, text, text, text) TO kamailio;
