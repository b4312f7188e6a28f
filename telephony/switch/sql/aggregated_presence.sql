-- Make one status of all that is known of an employee. This is the only place that does: pages read it through
-- presence_of, SIP clients through the documents that are rendered from it. The first that applies holds:
--   1. do not disturb, set by hand in Myfone, or by the profile           dnd        why: hand, profile
--   2. a call on any device, or one that a client tells of (RFC 4480)     busy       why: call
--   3. what was set by hand in Myfone, until its end time                 as set     why: hand
--   4. (calendars will stand here: a meeting makes busy                              why: calendar)
--   5. what the ring profile that holds says                              as set     why: profile
--   6. every client that publishes says that its user is idle             away       why: idle
--   7. a phone is registered                                              available  why: registered
--   8. nothing                                                            offline    why: nothing
-- What somebody sets by hand in a client holds in that client alone (G23), so it is not here. A ringing phone makes
-- nobody busy. A note that was written goes before the profile's, which has neither author nor time. Employees who
-- have left have no row.
CREATE OR REPLACE FUNCTION switch.aggregated_presence(p_employees bigint[])
RETURNS TABLE (
    employee_id bigint, customer_id bigint, state text, why text, since timestamptz, until timestamptz,
    in_call_since timestamptz, note text, note_at timestamptz, note_author bigint, revision integer
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT employee.id,
           employee.customer_id,
           CASE reason.why
               WHEN 'hand' THEN hand.state
               WHEN 'profile' THEN profile.state
               WHEN 'call' THEN 'busy'
               WHEN 'idle' THEN 'away'
               WHEN 'registered' THEN 'available'
               ELSE 'offline'
           END,
           reason.why,
           CASE reason.why
               WHEN 'hand' THEN hand.state_since
               WHEN 'call' THEN coalesce(call.since, client.since)
               WHEN 'idle' THEN client.since
           END,
           CASE WHEN reason.why = 'hand' THEN hand.state_until END,
           coalesce(call.since, CASE WHEN client.on_phone THEN client.since END),
           coalesce(nullif(said.note, ''), profile.note, ''),
           said.note_at,
           said.note_author_id,
           coalesce(said.revision, 0)
    FROM public.tenancy_employee employee
    LEFT JOIN public.telephony_presence said ON said.employee_id = employee.id
    LEFT JOIN LATERAL (
        SELECT said.state, said.state_since, said.state_until
        WHERE said.state <> '' AND (said.state_until IS NULL OR said.state_until > now())
    ) hand ON true
    LEFT JOIN LATERAL (
        SELECT held.state, held.note
        FROM public.telephony_ringprofile held
        WHERE held.employee_id = employee.id AND held.ended_at IS NULL AND (held.state <> '' OR held.note <> '')
          AND held.id = switch.profile_at(employee.id, now())
    ) profile ON true
    LEFT JOIN LATERAL (
        SELECT min(live.since) AS since
        FROM switch.live_call live
        WHERE live.employee_id = employee.id AND (live.state = 'confirmed' OR live.direction = 'initiator')
    ) call ON true
    LEFT JOIN LATERAL (
        SELECT bool_or(publication.on_phone) AS on_phone,
               bool_and(publication.is_idle) AS is_idle,
               max(publication.changed_at) AS since
        FROM switch.publication publication
        WHERE publication.employee_id = employee.id AND publication.is_live AND publication.expires_at > now()
    ) client ON true
    LEFT JOIN LATERAL (
        SELECT true AS found
        FROM public.telephony_phone phone
        JOIN public.telephony_sipdomain domain ON domain.id = phone.sip_domain_id
        JOIN kam.location location
          ON location.username = lower(phone.username) AND location.domain = lower(domain.name)
        WHERE phone.customer_id = employee.customer_id
          AND phone.employee_id = employee.id
          AND phone.ended_at IS NULL
          AND location.expires > now() AT TIME ZONE 'UTC'
        LIMIT 1
    ) registration ON true
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN hand.state = 'dnd' THEN 'hand'
            WHEN hand.state IS NULL AND profile.state = 'dnd' THEN 'profile'
            WHEN call.since IS NOT NULL OR client.on_phone THEN 'call'
            WHEN hand.state IS NOT NULL THEN 'hand'
            WHEN profile.state <> '' THEN 'profile'
            WHEN client.is_idle THEN 'idle'
            WHEN registration.found THEN 'registered'
            ELSE 'nothing'
        END AS why
    ) reason
    WHERE employee.id = ANY (p_employees) AND employee.ended_at IS NULL
$function$;
ALTER FUNCTION switch.aggregated_presence(bigint[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.aggregated_presence(bigint[]) FROM PUBLIC;
