-- Say whether an employee's phones stay silent at a time: do not disturb, by hand until its end, else by the profile that
-- holds. The same as aggregated_presence makes of it, without what a call need not wait for.
CREATE OR REPLACE FUNCTION switch.silent_at(p_employee bigint, p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $function$
BEGIN
    RETURN coalesce(
        (
            SELECT said.state = 'dnd'
            FROM public.telephony_presence said
            WHERE said.employee_id = p_employee AND said.state <> ''
              AND (said.state_until IS NULL OR said.state_until > p_at)
        ),
        -- Which profile holds is asked only where one of them silences.
        CASE
            WHEN EXISTS (
                SELECT FROM public.telephony_ringprofile profile
                WHERE profile.employee_id = p_employee AND profile.state = 'dnd' AND profile.ended_at IS NULL
            ) THEN EXISTS (
                SELECT FROM public.telephony_ringprofile profile
                WHERE profile.id = switch.profile_at(p_employee, p_at) AND profile.employee_id = p_employee
                  AND profile.state = 'dnd' AND profile.ended_at IS NULL
            )
        END,
        false
    );
END
$function$;
ALTER FUNCTION switch.silent_at(bigint, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.silent_at(bigint, timestamptz) FROM PUBLIC;
