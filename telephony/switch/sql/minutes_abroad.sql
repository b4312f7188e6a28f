-- Return how many minutes a customer has talked with other countries since its midnight, when p_number is one of those;
-- 0 for a number at home.
CREATE OR REPLACE FUNCTION switch.minutes_abroad(p_customer bigint, p_number text) RETURNS numeric
LANGUAGE plpgsql STABLE
AS $function$
DECLARE
    policy public.telephony_callpolicy;
    home text;
    zone text;
BEGIN
    SELECT * INTO policy FROM public.telephony_callpolicy WHERE customer_id = p_customer;
    -- Of a country that is not known everything is abroad.
    home := coalesce(
        '+' || (SELECT calling_code FROM switch.country WHERE code = coalesce(policy.country, 'DK')) || '%', ''
    );
    IF p_number LIKE home THEN
        RETURN 0;
    END IF;
    zone := coalesce(policy.time_zone, 'Europe/Copenhagen');
    RETURN (
        SELECT coalesce(sum(extract(epoch FROM coalesce(leg.ended_at, now()) - leg.answered_at)) / 60, 0)
        FROM public.telephony_callleg leg
        WHERE leg.customer_id = p_customer
          AND leg.started_at >= date_trunc('day', now() AT TIME ZONE zone) AT TIME ZONE zone
          AND leg.role = 'rung' AND leg.answered_at IS NOT NULL AND leg.number LIKE '+%' AND leg.number NOT LIKE home
    );
END
$function$;
ALTER FUNCTION switch.minutes_abroad(bigint, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.minutes_abroad(bigint, text) FROM PUBLIC;
