-- End what has come to its end, write anew what watchers see, and tell the switch which addresses to notify. Asked
-- every 0.4 s by one process of each switch, whose name p_node is in hex. p_all takes every address that is watched,
-- for a switch that has just started.
CREATE OR REPLACE FUNCTION switch.watched_changes(p_all boolean, p_node text DEFAULT '')
RETURNS TABLE (uri text, event text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    changed bigint[];
BEGIN
    PERFORM switch.beat(switch.text_of(p_node));
    -- Now and then: calls whose end was never heard of. A phone that died loses its registration in ten minutes.
    IF p_all OR random() < 0.02 THEN
        DELETE FROM switch.live_call live
        WHERE live.since < now() - interval '12 hours'
           OR live.state = 'early' AND live.since < now() - interval '10 minutes'
           OR live.since < now() - interval '1 minute' AND EXISTS (
               SELECT FROM public.telephony_phone phone
               JOIN public.telephony_sipdomain domain ON domain.id = phone.sip_domain_id
               WHERE phone.id = live.phone_id AND NOT EXISTS (
                   SELECT FROM kam.location location
                   WHERE location.username = lower(phone.username) AND location.domain = lower(domain.name)
               )
           );
    END IF;
    UPDATE public.telephony_presence
    SET state = '', state_since = NULL, state_until = NULL, before = NULL,
        revision = telephony_presence.revision + 1
    WHERE state_until <= now();
    PERFORM switch.profiles_by_clock();
    WITH ended AS (
        UPDATE switch.publication SET is_live = false WHERE is_live AND expires_at <= now() RETURNING employee_id
    )
    INSERT INTO switch.presence_change (employee_id) SELECT employee_id FROM ended;
    WITH taken AS (
        DELETE FROM switch.presence_change
        WHERE id IN (SELECT id FROM switch.presence_change ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED)
        RETURNING employee_id
    )
    SELECT array_agg(DISTINCT employee_id) INTO changed FROM taken;
    IF changed IS NULL AND NOT p_all THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT watched.presentity_uri::text, watched.event::text
    FROM (
        SELECT DISTINCT watcher.presentity_uri, watcher.event
        FROM kam.active_watchers watcher
        WHERE watcher.expires > extract(epoch FROM now())
          AND (p_all OR watcher.presentity_uri IN (
              SELECT 'sip:' || lower(phone.username) || '@' || lower(domain.name)
              FROM public.telephony_phone phone
              JOIN public.telephony_sipdomain domain ON domain.id = phone.sip_domain_id
              WHERE phone.employee_id = ANY (changed)
              UNION ALL
              SELECT 'sip:' || extension.number || '@' || lower(domain.name)
              FROM public.telephony_extension extension
              JOIN public.telephony_sipdomain domain ON domain.customer_id = extension.customer_id
              WHERE extension.employee_id = ANY (changed) AND domain.ended_at IS NULL
          ))
    ) watched
    CROSS JOIN LATERAL (
        SELECT split_part(substr(watched.presentity_uri, 5), '@', 1) AS username,
               split_part(watched.presentity_uri, '@', 2) AS domain
    ) address
    LEFT JOIN LATERAL switch.addressee(address.username, address.domain) addressee ON true
    CROSS JOIN LATERAL (
        SELECT switch.render(
            address.username, address.domain, watched.event, addressee.employee_id, addressee.phone_id) AS is_new
    ) written
    WHERE written.is_new OR p_all;
END
$function$;
ALTER FUNCTION switch.watched_changes(boolean, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.watched_changes(boolean, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.watched_changes(boolean, text) TO kamailio;
