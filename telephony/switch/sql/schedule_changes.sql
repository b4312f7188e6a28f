-- Show the portal what the schedule of an employee of an opened customer chooses at a time, and its next changes,
-- until a time (null: as far as there are any) and at most so many.
CREATE OR REPLACE FUNCTION switch.schedule_changes(p_employee bigint, p_from timestamptz, p_until timestamptz, p_most integer)
RETURNS TABLE (at timestamptz, profile_id bigint, why text, label text, label_en text)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 5
SET search_path = pg_catalog, pg_temp
AS $function$
    WITH RECURSIVE coming AS (
        SELECT p_from AS moment, 0 AS turn
        FROM public.tenancy_employee employee
        WHERE employee.id = p_employee AND employee.customer_id = ANY (public.opened_customers())
        UNION ALL
        SELECT switch.schedule_next(p_employee, coming.moment), coming.turn + 1
        FROM coming
        WHERE coming.turn < least(p_most, 100) AND coming.moment < coalesce(p_until, 'infinity')
    )
    SELECT coming.moment, said.profile_id, said.why, said.label, said.label_en
    FROM coming
    CROSS JOIN LATERAL switch.schedule_at(p_employee, coming.moment) said
    WHERE coming.moment <= coalesce(p_until, 'infinity')
    ORDER BY coming.turn
$function$;
ALTER FUNCTION switch.schedule_changes(bigint, timestamptz, timestamptz, integer) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.schedule_changes(bigint, timestamptz, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.schedule_changes(bigint, timestamptz, timestamptz, integer) TO app;
