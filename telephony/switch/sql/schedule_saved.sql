-- Bring what was chosen by hand in line with a schedule that was just changed: it holds until that schedule's next
-- change, unless a time was chosen. Watchers are told, for another profile may hold now. The portal calls it in the
-- transaction that changed the schedule, for an employee of an opened customer.
CREATE OR REPLACE FUNCTION switch.schedule_saved(p_employee bigint, p_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    changes_at timestamptz;
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.tenancy_employee employee
        WHERE employee.id = p_employee AND employee.customer_id = ANY (public.opened_customers())
    ) THEN
        RETURN;
    END IF;
    changes_at := switch.schedule_next(p_employee, p_at);
    UPDATE public.telephony_profilechoice
    SET until = changes_at, follows_schedule = changes_at IS NOT NULL
    WHERE employee_id = p_employee AND ended_at IS NULL
      AND (until IS NULL OR follows_schedule AND until > p_at);
    INSERT INTO switch.profile_clock (employee_id, next_at) VALUES (p_employee, '-infinity')
    ON CONFLICT (employee_id) DO UPDATE SET next_at = '-infinity';
    INSERT INTO switch.presence_change (employee_id) VALUES (p_employee);
END
$function$;
ALTER FUNCTION switch.schedule_saved(bigint, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.schedule_saved(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.schedule_saved(bigint, timestamptz) TO app;
