-- A switch says, every few seconds, that it is there, and since when (seconds since 1970). What a process that is gone
-- had set up and nobody had answered is over. Calls that were up go on without it, and are ended through the next
-- process; but who hangs up is heard for 32 s only (RFC 3261, timer F), so after a longer gap nobody knows, and the
-- record ends when the switch was last heard of. A call of half a day is taken for one whose end got lost.
-- Returns how many records were ended.
CREATE OR REPLACE FUNCTION switch.node_is_up(p_node text, p_started numeric) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    own text := switch.text_of(p_node);
    began timestamptz := to_timestamp(p_started);
    before switch.node;
    steady timestamptz;
    ended integer := 0;
    more integer;
BEGIN
    SELECT * INTO before FROM switch.node node WHERE node.name = own FOR UPDATE;
    INSERT INTO switch.node (name, started, seen_at, steady_since) VALUES (own, began, now(), now())
    ON CONFLICT (name) DO UPDATE
    SET started = began, seen_at = now(),
        steady_since = CASE
            WHEN node.started = began AND node.seen_at > now() - interval '15 seconds' THEN node.steady_since
            ELSE now()
        END
    RETURNING steady_since INTO steady;
    IF before.name IS NULL OR before.started <> began THEN
        DELETE FROM switch.live_call live
        WHERE live.node IN ('', own) AND live.since < began
          AND (live.state = 'early' OR before.seen_at < began - interval '32 seconds');
        SELECT switch.calls_end(array_agg(
            ROW(open.call, open.customer_id, before.seen_at, 'lost', 0)::switch.call_end
        )) INTO more
        FROM switch.open_call open
        WHERE open.node = own AND open.started_at < began
          AND (NOT open.is_answered OR before.seen_at < began - interval '32 seconds');
        ended := ended + more;
    END IF;
    IF steady < now() - interval '1 minute' THEN
        DELETE FROM switch.live_call live
        USING switch.node dead
        WHERE live.node = dead.name AND dead.seen_at < now() - interval '1 minute';
        SELECT switch.calls_end(array_agg(
            ROW(open.call, open.customer_id, dead.seen_at, 'lost', 0)::switch.call_end
        )) INTO more
        FROM switch.node dead
        JOIN switch.open_call open ON open.node = dead.name
        WHERE dead.seen_at < now() - interval '1 minute';
        ended := ended + more;
    END IF;
    SELECT switch.calls_end(array_agg(
        ROW(open.call, open.customer_id, now(), 'lost', 0)::switch.call_end
    )) INTO more
    FROM switch.open_call open
    WHERE open.node = own AND open.started_at < now() - interval '12 hours';
    -- Calls that are up use up minutes without telling; twice a minute is soon enough.
    IF random() < 0.07 THEN
        DELETE FROM switch.help_call WHERE at < now() - interval '1 day';
        PERFORM switch.watch_caps(calling.customer_id)
        FROM (
            SELECT DISTINCT open.customer_id FROM switch.open_call open
            WHERE open.node = own AND open.is_answered AND open.plan ~ '(^|;)[0-9]+,trunk,'
        ) calling;
    END IF;
    RETURN ended + more;
END
$function$;
ALTER FUNCTION switch.node_is_up(text, numeric) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.node_is_up(text, numeric) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.node_is_up(text, numeric) TO kamailio;
