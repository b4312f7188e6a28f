-- Say why a wait in a queue that nobody ended came to its end: the caller had waited as long as one may, or nobody was
-- signed in.
CREATE OR REPLACE FUNCTION switch.wait_outcome(p_queue bigint, p_began timestamptz, p_ended timestamptz) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT coalesce(
        (
            SELECT CASE
                WHEN p_ended < p_began + (queue.max_wait_seconds - 2) * interval '1 second' THEN 'nobody' ELSE 'waited'
            END
            FROM public.telephony_queue queue WHERE queue.id = p_queue
        ),
        'waited'
    )
$function$;
ALTER FUNCTION switch.wait_outcome(bigint, timestamptz, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.wait_outcome(bigint, timestamptz, timestamptz) FROM PUBLIC;
