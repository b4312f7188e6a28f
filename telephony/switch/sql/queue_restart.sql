-- Note that a switch has started: those who waited there are gone with it, and no longer take anybody's time. Calls
-- that were answered go on. Returns how many were waiting.
CREATE OR REPLACE FUNCTION switch.queue_restart(p_node text) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    WITH gone AS (
        UPDATE public.telephony_queuecall
        SET state = 'ended', ended_at = now(), outcome = 'abandoned'
        WHERE node = p_node AND ended_at IS NULL AND state <> 'talking'
        RETURNING id
    ), offers AS (
        UPDATE public.telephony_queueoffer SET ended_at = now(), outcome = 'gone'
        WHERE call_id IN (SELECT id FROM gone) AND ended_at IS NULL
        RETURNING id
    )
    SELECT count(*)::integer FROM gone
$function$;
ALTER FUNCTION switch.queue_restart(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_restart(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.queue_restart(text) TO kamailio;
