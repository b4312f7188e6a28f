-- Show the portal what a call would do, in a domain of an opened customer alone: the switch's own answer. Of another
-- customer that is called it says that somebody rings there, and not who, where or on which number.
CREATE OR REPLACE FUNCTION switch.preview_call(
    p_domain text, p_caller text, p_dialled text, p_at timestamptz
) RETURNS SETOF switch.ring
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM FROM public.telephony_sipdomain domain
    WHERE lower(domain.name) = lower(p_domain) AND domain.ended_at IS NULL
      AND domain.customer_id = ANY (public.opened_customers());
    IF FOUND THEN
        RETURN QUERY
        SELECT ring.step, ring.seconds, ring.kind,
               CASE WHEN seen.own OR ring.kind = 'end' THEN ring.uri ELSE '' END,
               ring.if_busy, ring.if_unanswered,
               CASE WHEN seen.own THEN ring.shows END,
               CASE WHEN seen.own THEN ring.phone_id END,
               CASE WHEN seen.own THEN ring.employee_id END,
               CASE WHEN seen.own THEN ring.customer_id END,
               ring.why
        FROM switch.route_call(p_domain, p_caller, p_dialled, p_at) ring
        CROSS JOIN LATERAL (
            SELECT coalesce(
                coalesce(
                    ring.customer_id,
                    (SELECT employee.customer_id FROM public.tenancy_employee employee WHERE employee.id = ring.employee_id)
                ) = ANY (public.opened_customers()),
                ring.employee_id IS NULL
            ) AS own
        ) seen;
    END IF;
END
$function$;
ALTER FUNCTION switch.preview_call(text, text, text, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.preview_call(text, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.preview_call(text, text, text, timestamptz) TO app;
