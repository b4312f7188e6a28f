-- Return the ring profile that an employee's schedule chooses at a time, and why: exception, holiday, week, otherwise;
-- the name of the exception or holiday, in its country's language and in English. No row for an employee without one.
-- Spans run between instants, not between readings of a clock that is set back: what a night skips comes an hour
-- later by that clock, and what a night has twice counts the second time.
CREATE OR REPLACE FUNCTION switch.schedule_at(p_employee bigint, p_at timestamptz)
RETURNS TABLE (profile_id bigint, why text, label text, label_en text)
LANGUAGE plpgsql STABLE ROWS 1
AS $function$
BEGIN
    -- Most have none, and every call asks.
    IF NOT EXISTS (SELECT FROM public.telephony_ringschedule asked WHERE asked.employee_id = p_employee) THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT said.chosen, said.reason, said.name, said.english
    FROM public.telephony_ringschedule schedule
    CROSS JOIN LATERAL (
        SELECT coalesce(
            (
                SELECT policy.time_zone FROM public.telephony_callpolicy policy
                WHERE policy.customer_id = schedule.customer_id
            ),
            'Europe/Copenhagen'
        ) AS name
    ) zone
    CROSS JOIN LATERAL (SELECT (p_at AT TIME ZONE zone.name)::date AS day) here
    CROSS JOIN LATERAL (
        SELECT 1 AS rank, apart.profile_id AS chosen, 'exception' AS reason, apart.name::text AS name,
               apart.name::text AS english, apart.id AS turn
        FROM public.telephony_scheduleexception apart
        WHERE apart.schedule_id = schedule.id AND here.day BETWEEN apart.first_day AND apart.last_day
          AND p_at >= (apart.first_day + apart.begins * interval '1 minute') AT TIME ZONE zone.name
          AND p_at < (apart.last_day + apart.ends * interval '1 minute') AT TIME ZONE zone.name
        UNION ALL
        SELECT 2, coalesce(schedule.holiday_id, schedule.otherwise_id), 'holiday', holiday.name, holiday.name_en, 0
        FROM public.telephony_publicholiday holiday
        WHERE holiday.country = schedule.country AND holiday.day = here.day
        UNION ALL
        SELECT 3, span.profile_id, 'week', '', '', span.begins
        FROM public.telephony_schedulespan span
        WHERE span.schedule_id = schedule.id AND span.weekday = extract(isodow FROM here.day)
          AND p_at >= (here.day + span.begins * interval '1 minute') AT TIME ZONE zone.name
          AND p_at < (here.day + span.ends * interval '1 minute') AT TIME ZONE zone.name
        UNION ALL
        SELECT 4, schedule.otherwise_id, 'otherwise', '', '', 0
    ) said
    JOIN public.telephony_ringprofile profile ON profile.id = said.chosen AND profile.ended_at IS NULL
    WHERE schedule.employee_id = p_employee
    ORDER BY said.rank, said.turn DESC
    LIMIT 1;
END
$function$;
ALTER FUNCTION switch.schedule_at(bigint, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.schedule_at(bigint, timestamptz) FROM PUBLIC;
