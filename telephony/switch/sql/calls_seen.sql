-- Note that employees of the opened customers have their missed calls before their eyes, and tell their live pages.
-- Returns for how many that was news.
CREATE OR REPLACE FUNCTION switch.calls_seen(p_employees bigint[]) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    news integer;
BEGIN
    WITH noted AS (
        INSERT INTO public.telephony_callsseen AS seen (employee_id, customer_id, at, leg)
        -- The clock of a switch may be ahead.
        SELECT employee.id, employee.customer_id, greatest(now(), max(missed.ended_at)), max(missed.leg)
        FROM public.tenancy_employee employee
        CROSS JOIN LATERAL switch.missed_calls(employee.id) missed
        WHERE employee.id = ANY (p_employees) AND employee.customer_id = ANY (public.opened_customers())
        GROUP BY employee.id, employee.customer_id
        ON CONFLICT (employee_id) DO UPDATE
        SET at = greatest(seen.at, excluded.at), leg = greatest(seen.leg, excluded.leg)
        RETURNING seen.customer_id, seen.employee_id
    ), told AS (
        SELECT pg_notify('live', noted.customer_id || ' ' || noted.employee_id) FROM noted
    )
    SELECT count(*) INTO news FROM told;
    RETURN news;
END
$function$;
ALTER FUNCTION switch.calls_seen(bigint[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.calls_seen(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.calls_seen(bigint[]) TO app;
