-- Say how a call that rings or is up came to an employee, by when that began; null where it simply came.
--   {"sent_by", "through", "forwarded", "queue"}: who sent it on; whom it was for, and whether a forward led it on or a ring
--   profile; the queue that it waited in. All are names, null where there is none.
CREATE OR REPLACE FUNCTION switch.call_origin(p_employee bigint, p_since timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- Tables of many months are planned once a connection, not for every call.
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    origin jsonb;
BEGIN
    SELECT jsonb_build_object(
               'sent_by', CASE WHEN come.joined THEN caller.name END, 'through', come.through,
               'forwarded', come.forwarded, 'queue', queue.name
           )
    INTO origin
    FROM (
        SELECT leg.*
        FROM public.telephony_callleg leg
        WHERE leg.employee_id = p_employee AND leg.part <> '' AND leg.started_at > now() - interval '1 day'
        ORDER BY leg.started_at DESC, leg.id DESC
        LIMIT 20
    ) own
    JOIN public.telephony_callrecord record ON record.id = own.record_id AND record.started_at = own.started_at
    LEFT JOIN public.tenancy_employee caller ON caller.id = record.caller_id
    LEFT JOIN public.telephony_queue queue ON queue.id = own.queue_id
    CROSS JOIN LATERAL (
        SELECT bool_or(beside.role = 'joined') AS joined,
               (array_agg(whose.name ORDER BY beside.id) FILTER (WHERE beside.role = 'led'))[1] AS through,
               (array_agg(beside.why = 'forwarded' ORDER BY beside.id) FILTER (WHERE beside.role = 'led'))[1] AS forwarded
        FROM public.telephony_callleg beside
        LEFT JOIN public.tenancy_employee whose ON whose.id = beside.employee_id
        WHERE beside.record_id = own.record_id AND beside.started_at = own.started_at
          AND (beside.role = 'joined' OR beside.role = 'led' AND beside.employee_id <> p_employee)
    ) come
    WHERE own.part <> 'out' AND record.ended_at IS NULL
    -- Of several calls it is the one that rang, or was answered, just then.
    ORDER BY abs(extract(epoch FROM coalesce(own.answered_at, own.rang_at, own.began_at) - p_since))
    LIMIT 1;
    RETURN CASE WHEN coalesce(origin ->> 'sent_by', origin ->> 'through', origin ->> 'queue') IS NOT NULL THEN origin END;
END
$function$;
ALTER FUNCTION switch.call_origin(bigint, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_origin(bigint, timestamptz) FROM PUBLIC;
