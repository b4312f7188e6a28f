-- Show the portal what rings when somebody calls an employee of an opened customer: the plan that a call would get,
-- with the names of what rings. p_internal says whether a colleague calls. Of another customer that a profile calls on
-- to it says that somebody rings there, and not who, where or on which number.
CREATE OR REPLACE FUNCTION switch.preview_employee(p_employee bigint, p_internal boolean, p_at timestamptz)
RETURNS TABLE (
    step integer, seconds integer, kind text, uri text, if_busy integer, if_unanswered integer, why text,
    phone_kind text, phone_name text, employee_id bigint, employee_name text
)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 5
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT ring.step, ring.seconds, ring.kind,
           CASE WHEN ring.kind = 'end' OR owner.id IS NOT NULL THEN ring.uri ELSE '' END,
           ring.if_busy, ring.if_unanswered, ring.why, phone.kind, coalesce(phone.name, queue.name), owner.id, owner.name
    FROM public.tenancy_employee employee
    CROSS JOIN LATERAL switch.plan_employee(
        ARRAY[]::switch.ring[], 1, employee.id, p_internal, p_at, ARRAY[]::bigint[]
    ) planned
    CROSS JOIN LATERAL unnest(planned) ring
    LEFT JOIN public.telephony_phone phone
      ON phone.id = ring.phone_id AND phone.customer_id = employee.customer_id
    LEFT JOIN public.telephony_queue queue
      ON ring.kind = 'queue' AND queue.id::text = ring.uri AND queue.customer_id = employee.customer_id
    LEFT JOIN public.tenancy_employee owner
      ON owner.id = ring.employee_id AND owner.customer_id = employee.customer_id
    WHERE employee.id = p_employee AND employee.customer_id = ANY (public.opened_customers())
    ORDER BY ring.step, ring.kind DESC, ring.phone_id
$function$;
ALTER FUNCTION switch.preview_employee(bigint, boolean, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.preview_employee(bigint, boolean, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.preview_employee(bigint, boolean, timestamptz) TO app;
