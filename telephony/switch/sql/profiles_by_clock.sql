-- Note of whom another profile holds since the clock passed its hour, so that watchers are told, and when it does next.
-- Calls need none of this: profile_at goes by the time of the call. Of those who are due, 500 at a time.
CREATE OR REPLACE FUNCTION switch.profiles_by_clock() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    WITH due AS (
        SELECT clock.employee_id, clock.next_at
        FROM switch.profile_clock clock
        WHERE clock.next_at <= now()
        ORDER BY clock.next_at
        LIMIT 500
        FOR UPDATE SKIP LOCKED
    ), told AS (
        INSERT INTO switch.presence_change (employee_id)
        SELECT due.employee_id FROM due WHERE due.next_at > '-infinity'
    )
    UPDATE switch.profile_clock clock
    SET next_at = coalesce(
        (
            SELECT choice.until
            FROM public.telephony_profilechoice choice
            WHERE choice.employee_id = due.employee_id AND choice.ended_at IS NULL AND choice.until > now()
        ),
        switch.schedule_next(due.employee_id, now()),
        'infinity'
    )
    FROM due
    WHERE clock.employee_id = due.employee_id
$function$;
ALTER FUNCTION switch.profiles_by_clock() OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.profiles_by_clock() FROM PUBLIC;
