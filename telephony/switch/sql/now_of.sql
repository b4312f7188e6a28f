-- Show the portal what goes on at phones of employees of the opened customers: their calls, one a call however many
-- phones it rings; their phones, and whether each is registered; and when a switch was last heard of.
--   calls   [{"id", "direction", "state", "since", "number", "name", "phones", "origin"}], the oldest first; origin as
--           call_origin says it
--   phones  [{"id", "kind", "name", "registered", "seen"}]; seen: when a client last signed in there
CREATE OR REPLACE FUNCTION switch.now_of(p_employees bigint[])
RETURNS TABLE (employee_id bigint, calls jsonb, phones jsonb, switch_seen timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT employee.id, coalesce(live.calls, '[]'), coalesce(own.phones, '[]'), heard.seen_at
    FROM public.tenancy_employee employee
    CROSS JOIN (SELECT max(heartbeat.seen_at) AS seen_at FROM switch.heartbeat heartbeat) heard
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(
            jsonb_build_object(
                'id', one.call_id, 'direction', one.direction, 'state', one.state, 'since', one.since,
                'number', one.remote, 'name', coalesce(party.name, ''), 'phones', one.phones,
                'origin', CASE WHEN one.direction = 'recipient' THEN switch.call_origin(employee.id, one.since) END
            ) ORDER BY one.since, one.call_id
        ) AS calls
        FROM (
            SELECT call.call_id, call.direction, max(call.remote) AS remote,
                   -- 'confirmed' comes after 'early' only by chance of spelling, so it is asked for.
                   CASE WHEN bool_or(call.state = 'confirmed') THEN 'confirmed' ELSE 'early' END AS state,
                   coalesce(min(call.since) FILTER (WHERE call.state = 'confirmed'), min(call.since)) AS since,
                   jsonb_agg(jsonb_build_object('id', phone.id, 'kind', phone.kind, 'name', phone.name) ORDER BY phone.id) AS phones
            FROM switch.live_call call
            JOIN public.telephony_phone phone ON phone.id = call.phone_id
            WHERE call.employee_id = employee.id
            GROUP BY call.call_id, call.direction
        ) one
        -- Who calls is a colleague when one of this company has signed in as the caller: a number is soon claimed.
        LEFT JOIN LATERAL (
            SELECT colleague.name
            FROM switch.live_call other
            JOIN public.tenancy_employee colleague ON colleague.id = other.employee_id
            WHERE one.direction = 'recipient' AND other.call_id = one.call_id AND other.direction = 'initiator'
              AND other.customer_id = employee.customer_id
            UNION ALL
            SELECT colleague.name
            FROM public.telephony_extension extension
            JOIN public.tenancy_employee colleague ON colleague.id = extension.employee_id
            WHERE one.direction = 'initiator'
              AND extension.customer_id = employee.customer_id AND extension.number = one.remote
            LIMIT 1
        ) party ON true
    ) live ON true
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(
            jsonb_build_object(
                'id', phone.id, 'kind', phone.kind, 'name', phone.name, 'seen', sighted.last_seen,
                'registered', EXISTS (
                    SELECT
                    FROM kam.location location
                    WHERE location.username = lower(phone.username) AND location.domain = lower(domain.name)
                      AND location.expires > now() AT TIME ZONE 'UTC'
                )
            ) ORDER BY phone.id
        ) AS phones
        FROM public.telephony_phone phone
        JOIN public.telephony_sipdomain domain ON domain.id = phone.sip_domain_id
        LEFT JOIN LATERAL (
            SELECT max(sighting.last_seen) AS last_seen
            FROM switch.sighting sighting
            WHERE sighting.phone_id = phone.id
        ) sighted ON true
        WHERE phone.customer_id = employee.customer_id
          AND phone.employee_id = employee.id
          AND phone.ended_at IS NULL
    ) own ON true
    WHERE employee.id = ANY (p_employees) AND employee.customer_id = ANY (public.opened_customers())
$function$;
ALTER FUNCTION switch.now_of(bigint[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.now_of(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.now_of(bigint[]) TO app;
