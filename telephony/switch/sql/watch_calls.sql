-- Note that a customer has come to four fifths, or to the end, of the calls that it may have with the public network at
-- once; see watch_caps. Who may have fewer than five has them all on any busy day: that is no news.
CREATE OR REPLACE FUNCTION switch.watch_calls(p_customer bigint) RETURNS integer
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
           'calls_at_once', reached.level, counted.used, counted.allowed, now()
    FROM (
        SELECT count(*) AS used, coalesce(policy.calls_at_once, 30)::integer AS allowed
        FROM switch.open_call open
        WHERE open.customer_id = p_customer AND open.plan ~ '(^|;)[0-9]+,trunk,'
    ) counted
    CROSS JOIN (VALUES (80), (100)) reached (level)
    WHERE counted.allowed >= 5 AND counted.used * 100 >= counted.allowed * reached.level
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS noted = ROW_COUNT;
    RETURN noted;
END
$function$;
ALTER FUNCTION switch.watch_calls(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.watch_calls(bigint) FROM PUBLIC;
