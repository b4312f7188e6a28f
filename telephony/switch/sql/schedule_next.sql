-- Return when an employee's schedule next chooses another profile than the one it chooses at a time; null when it has
-- none, or does not change within a year. It looks from boundary to boundary, so the first answer is the exact one.
CREATE OR REPLACE FUNCTION switch.schedule_next(p_employee bigint, p_after timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    schedule public.telephony_ringschedule;
    zone text;
    holds bigint;
    today date;
    day date;
    moment timestamptz;
BEGIN
    SELECT * INTO schedule FROM public.telephony_ringschedule ringschedule WHERE ringschedule.employee_id = p_employee;
    IF schedule.id IS NULL THEN
        RETURN NULL;
    END IF;
    zone := coalesce(
        (SELECT policy.time_zone FROM public.telephony_callpolicy policy WHERE policy.customer_id = schedule.customer_id),
        'Europe/Copenhagen'
    );
    today := (p_after AT TIME ZONE zone)::date;
    IF NOT EXISTS (
        SELECT FROM public.telephony_schedulespan span
        WHERE span.schedule_id = schedule.id AND span.profile_id <> schedule.otherwise_id
        UNION ALL
        SELECT FROM public.telephony_scheduleexception apart
        WHERE apart.schedule_id = schedule.id AND apart.last_day >= today
        UNION ALL
        SELECT WHERE schedule.holiday_id <> schedule.otherwise_id AND schedule.country <> ''
    ) THEN
        RETURN NULL;
    END IF;
    holds := (SELECT held.profile_id FROM switch.schedule_at(p_employee, p_after) held);
    -- A week repeats itself, so days to come are looked at only where something breaks into it: a change that such a
    -- day hides comes a week later at the latest.
    FOR day IN
        SELECT today + ahead FROM generate_series(0, 8) ahead
        UNION
        SELECT broken.day + ahead
        FROM (
            SELECT unnest(ARRAY[apart.first_day, apart.last_day]) AS day
            FROM public.telephony_scheduleexception apart
            WHERE apart.schedule_id = schedule.id AND apart.last_day >= today
            UNION
            SELECT holiday.day FROM public.telephony_publicholiday holiday
            WHERE holiday.country = schedule.country AND holiday.day BETWEEN today AND today + 400
        ) broken
        CROSS JOIN generate_series(0, 8) ahead
        WHERE broken.day >= today
        ORDER BY 1
    LOOP
        FOR moment IN
            SELECT DISTINCT (day + boundary.minute * interval '1 minute') AT TIME ZONE zone AS instant
            FROM (
                SELECT 0 AS minute
                UNION ALL
                SELECT unnest(ARRAY[span.begins::integer, span.ends::integer])
                FROM public.telephony_schedulespan span
                WHERE span.schedule_id = schedule.id AND span.weekday = extract(isodow FROM day)
                UNION ALL
                SELECT apart.begins::integer FROM public.telephony_scheduleexception apart
                WHERE apart.schedule_id = schedule.id AND apart.first_day = day
                UNION ALL
                SELECT apart.ends::integer FROM public.telephony_scheduleexception apart
                WHERE apart.schedule_id = schedule.id AND apart.last_day = day
            ) boundary
            ORDER BY instant
        LOOP
            IF moment > p_after
               AND (SELECT held.profile_id FROM switch.schedule_at(p_employee, moment) held) IS DISTINCT FROM holds
            THEN
                RETURN moment;
            END IF;
        END LOOP;
    END LOOP;
    RETURN NULL;
END
$function$;
ALTER FUNCTION switch.schedule_next(bigint, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.schedule_next(bigint, timestamptz) FROM PUBLIC;
