-- Show the portal the status and note of employees of the opened customers, with the name of who wrote the note.
CREATE OR REPLACE FUNCTION switch.presence_of(p_employees bigint[])
RETURNS TABLE (
    employee_id bigint, state text, why text, since timestamptz, until timestamptz, in_call_since timestamptz,
    note text, note_at timestamptz, note_author bigint, note_author_name text, revision integer
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT known.employee_id, known.state, known.why, known.since, known.until, known.in_call_since,
           known.note, known.note_at, known.note_author, author.name, known.revision
    FROM switch.aggregated_presence(p_employees) known
    LEFT JOIN public.tenancy_employee author ON author.id = known.note_author
    WHERE known.customer_id = ANY (public.opened_customers())
$function$;
ALTER FUNCTION switch.presence_of(bigint[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.presence_of(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.presence_of(bigint[]) TO app;
