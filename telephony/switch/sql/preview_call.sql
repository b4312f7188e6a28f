-- Show the portal what a call would do, in a domain of an opened customer alone: the switch's own answer.
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
        RETURN QUERY SELECT * FROM switch.route_call(p_domain, p_caller, p_dialled, p_at);
    END IF;
END
$function$;
ALTER FUNCTION switch.preview_call(text, text, text, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.preview_call(text, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.preview_call(text, text, text, timestamptz) TO app;
