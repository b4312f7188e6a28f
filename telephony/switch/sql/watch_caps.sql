-- Note that a customer has come to four fifths, or to the end, of what it may call out: once for each limit and each day
-- of its own. Called where calls abroad end, and now and then while calls last; where one begins, watch_calls is enough.
-- See telephony.services.cap_alerts. Returns how many were noted.
CREATE OR REPLACE FUNCTION switch.watch_caps(p_customer bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    policy public.telephony_callpolicy;
    noted integer;
BEGIN
    SELECT * INTO policy FROM public.telephony_callpolicy WHERE customer_id = p_customer;
    INSERT INTO public.telephony_capalert (customer_id, day, cap, level, used, allowed, noticed_at)
    SELECT p_customer, (now() AT TIME ZONE coalesce(policy.time_zone, 'Europe/Copenhagen'))::date,
           'minutes_abroad', reached.level, trunc(counted.used), counted.allowed, now()
    FROM (
        -- Any number that is not at home is abroad.
        SELECT switch.minutes_abroad(p_customer, '+') AS used, coalesce(policy.minutes_abroad, 240) AS allowed
    ) counted
    CROSS JOIN (VALUES (80), (100)) reached (level)
    WHERE counted.allowed > 0 AND counted.used * 100 >= counted.allowed * reached.level
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS noted = ROW_COUNT;
    RETURN noted + switch.watch_calls(p_customer);
END
$function$;
ALTER FUNCTION switch.watch_caps(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.watch_caps(bigint) FROM PUBLIC;
