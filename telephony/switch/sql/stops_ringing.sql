-- Forget that phones ring in a call (in hex, see text_of): it has gone on, also from those that were never heard again,
-- as when they lost their power while they rang. Returns how many there were.
CREATE OR REPLACE FUNCTION switch.stops_ringing(p_call text) RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $function$
DECLARE
    stopped integer;
BEGIN
    DELETE FROM switch.live_call live
    WHERE live.call_id = left(switch.text_of(p_call), 255) AND live.direction = 'recipient' AND live.state = 'early';
    GET DIAGNOSTICS stopped = ROW_COUNT;
    RETURN stopped;
END
$function$;
ALTER FUNCTION switch.stops_ringing(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.stops_ringing(text) FROM PUBLIC;
