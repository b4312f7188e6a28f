-- End stays in queues whose end was never heard of, as while the database was away: they would hold their agents for
-- ever. A call that a registered phone took is known by its row in switch.live_call; of one on a mobile nobody hears.
-- Returns how many ended.
CREATE OR REPLACE FUNCTION switch.queue_lost() RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    WITH lost AS (
        UPDATE public.telephony_queuecall call
        SET state = 'ended', ended_at = now(),
            outcome = CASE call.state WHEN 'talking' THEN 'answered' ELSE 'abandoned' END
        WHERE call.ended_at IS NULL AND CASE
            WHEN call.state <> 'talking' THEN call.entered_at < now() - interval '15 minutes'
            ELSE call.answered_at < now() - interval '12 hours'
                OR call.answered_at < now() - interval '1 minute'
                   AND NOT EXISTS (SELECT FROM switch.live_call live WHERE live.call_id = call.call_id)
                   AND NOT EXISTS (
                       SELECT FROM public.telephony_phone mobile
                       WHERE mobile.employee_id = call.answered_by_id AND mobile.number <> '' AND mobile.ended_at IS NULL
                   )
        END
        RETURNING call.id
    ), offers AS (
        UPDATE public.telephony_queueoffer offer SET ended_at = now(), outcome = 'gone'
        FROM lost
        WHERE offer.call_id = lost.id AND offer.ended_at IS NULL
    )
    SELECT count(*)::integer FROM lost
$function$;
ALTER FUNCTION switch.queue_lost() OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_lost() FROM PUBLIC;
