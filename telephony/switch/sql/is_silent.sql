-- Say whether an employee's phones stay silent now: do not disturb, by hand until its end, else by the profile that
-- holds. The same as aggregated_presence makes of it, without what a call need not wait for.
CREATE OR REPLACE FUNCTION switch.is_silent(p_employee bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT coalesce(
        (
            SELECT said.state = 'dnd'
            FROM public.telephony_presence said
            WHERE said.employee_id = p_employee AND said.state <> ''
              AND (said.state_until IS NULL OR said.state_until > now())
        ),
        EXISTS (
            SELECT FROM public.telephony_ringprofile profile
            WHERE profile.employee_id = p_employee AND profile.state = 'dnd' AND profile.ended_at IS NULL
              AND profile.id = switch.profile_at(p_employee, now())
        )
    )
$function$;
ALTER FUNCTION switch.is_silent(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.is_silent(bigint) FROM PUBLIC;
