-- Return the ring profile that holds for an employee at a time: the one that was chosen, until its end, else what the
-- schedule says, else the first; null for an employee without profiles, whose phones ring all at once. Nothing has to
-- run for a profile to begin or to end.
CREATE OR REPLACE FUNCTION switch.profile_at(p_employee bigint, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE
AS $function$
BEGIN
    RETURN coalesce(
        (
            SELECT choice.profile_id
            FROM public.telephony_profilechoice choice
            WHERE choice.employee_id = p_employee AND choice.ended_at IS NULL
              AND choice.began_at <= p_at AND (choice.until IS NULL OR choice.until > p_at)
        ),
        CASE
            -- Most have none, and every call asks.
            WHEN EXISTS (SELECT FROM public.telephony_ringschedule asked WHERE asked.employee_id = p_employee)
                THEN (SELECT said.profile_id FROM switch.schedule_at(p_employee, p_at) said)
        END,
        (
            SELECT profile.id
            FROM public.telephony_ringprofile profile
            WHERE profile.employee_id = p_employee AND profile.ended_at IS NULL
            ORDER BY profile.position, profile.id
            LIMIT 1
        )
    );
END
$function$;
ALTER FUNCTION switch.profile_at(bigint, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.profile_at(bigint, timestamptz) FROM PUBLIC;
