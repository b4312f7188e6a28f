-- Return the missed calls that an employee has not seen yet, the latest first, 100 at most, a month back. Seen is what
-- had ended, and stood in the list, when it was opened; a call that is told late counts from when it is known.
CREATE OR REPLACE FUNCTION switch.missed_calls(p_employee bigint)
RETURNS TABLE (leg bigint, began_at timestamptz, ended_at timestamptz, caller_id bigint, caller_number text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 5
SET search_path = pg_catalog, pg_temp
-- Tables of many months are planned once a connection, not on every page.
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    seen public.telephony_callsseen;
BEGIN
    SELECT * INTO seen FROM public.telephony_callsseen one WHERE one.employee_id = p_employee;
    RETURN QUERY
    SELECT own.id, own.started_at, record.ended_at, record.caller_id, record.caller_number::text
    FROM public.telephony_callleg own
    JOIN public.telephony_callrecord record ON record.id = own.record_id AND record.started_at = own.started_at
    WHERE own.employee_id = p_employee AND own.part = 'missed' AND record.ended_at IS NOT NULL
      -- A call that went on when the list was opened began within a day before.
      AND own.started_at > greatest(now() - interval '30 days', seen.at - interval '1 day')
      AND (seen.at IS NULL OR record.ended_at > seen.at OR own.id > seen.leg)
    ORDER BY own.started_at DESC, own.id DESC
    LIMIT 100;
END
$function$;
ALTER FUNCTION switch.missed_calls(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.missed_calls(bigint) FROM PUBLIC;
