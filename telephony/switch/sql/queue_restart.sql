-- Note when a switch (its name in hex) has started (seconds since 1970): those who waited there before are gone with
-- it, and no longer take anybody's time. Calls that were answered go on, and callers who came since wait. Returns how
-- many were waiting.
CREATE OR REPLACE FUNCTION switch.queue_restart(p_node text, p_started numeric) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    WITH gone AS (
        UPDATE public.telephony_queuecall
        SET state = 'ended', ended_at = now(), outcome = 'abandoned'
        -- Rows of before switches had names are of a switch that is gone.
        WHERE node IN (switch.text_of(p_node), '') AND ended_at IS NULL AND state <> 'talking'
          AND entered_at < to_timestamp(p_started)
        RETURNING id
    ), offers AS (
        UPDATE public.telephony_queueoffer SET ended_at = now(), outcome = 'gone'
        WHERE call_id IN (SELECT id FROM gone) AND ended_at IS NULL
        RETURNING id
    )
    SELECT count(*)::integer FROM gone
$function$;
ALTER FUNCTION switch.queue_restart(text, numeric) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_restart(text, numeric) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.queue_restart(text, numeric) TO kamailio;
