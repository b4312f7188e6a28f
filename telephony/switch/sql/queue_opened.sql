-- Show the portal whether a queue of an opened customer is open at a time, and why; see queue_opening.
CREATE OR REPLACE FUNCTION switch.queue_opened(
    p_queue bigint, p_at timestamptz, OUT is_open boolean, OUT why text, OUT label text, OUT label_en text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    SELECT opening.is_open, opening.why, opening.label, opening.label_en INTO is_open, why, label, label_en
    FROM public.telephony_queue queue
    CROSS JOIN LATERAL switch.queue_opening(queue.id, p_at) opening
    WHERE queue.id = p_queue AND queue.customer_id = ANY (public.opened_customers());
END
$function$;
ALTER FUNCTION switch.queue_opened(bigint, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_opened(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.queue_opened(bigint, timestamptz) TO app;
