-- Let the employee's profile of this number, counted from 1 as the portal lists them, hold from now on. Returns its
-- name, or null when there is none.
CREATE OR REPLACE FUNCTION switch.code_profile(p_phone bigint, p_customer bigint, p_employee bigint, p_number text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    chosen public.telephony_ringprofile;
    before public.telephony_profilechoice;
    here timestamp := now() AT TIME ZONE coalesce(
        (SELECT policy.time_zone FROM public.telephony_callpolicy policy WHERE policy.customer_id = p_customer),
        'Europe/Copenhagen'
    );
    ends timestamptz;
    changes timestamptz;
BEGIN
    IF p_number !~ '^[1-9][0-9]?$' THEN
        RETURN NULL;
    END IF;
    SELECT * INTO chosen
    FROM public.telephony_ringprofile profile
    WHERE profile.employee_id = p_employee AND profile.ended_at IS NULL
    ORDER BY profile.position, profile.id
    OFFSET p_number::integer - 1
    LIMIT 1;
    IF chosen.id IS NULL THEN
        RETURN NULL;
    END IF;
    -- A profile that has a time of day as its end holds until the next such time.
    ends := (here::date + chosen.ends_at + CASE WHEN chosen.ends_at <= here::time THEN interval '1 day' ELSE interval '0' END)
        AT TIME ZONE coalesce(
            (SELECT policy.time_zone FROM public.telephony_callpolicy policy WHERE policy.customer_id = p_customer),
            'Europe/Copenhagen'
        );
    -- Without one, the next change of the schedule ends it.
    changes := CASE WHEN chosen.ends_at IS NULL THEN switch.schedule_next(p_employee, now()) END;
    ends := coalesce(ends, changes);
    SELECT * INTO before
    FROM public.telephony_profilechoice choice
    WHERE choice.employee_id = p_employee AND choice.ended_at IS NULL
    FOR UPDATE;
    IF before.profile_id IS DISTINCT FROM chosen.id OR before.until IS DISTINCT FROM ends THEN
        UPDATE public.telephony_profilechoice SET ended_at = least(now(), until) WHERE id = before.id;
        INSERT INTO public.telephony_profilechoice
            (public_id, customer_id, employee_id, profile_id, began_at, until, follows_schedule, chosen_by,
             before_id)
        VALUES (
            gen_random_uuid(), p_customer, p_employee, chosen.id, now(), ends, changes IS NOT NULL,
            'phone:' || p_phone, before.id
        )
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN coalesce(nullif(chosen.name, ''), chosen.template);
END
$function$;
ALTER FUNCTION switch.code_profile(bigint, bigint, bigint, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.code_profile(bigint, bigint, bigint, text) FROM PUBLIC;
