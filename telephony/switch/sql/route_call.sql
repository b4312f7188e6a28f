-- Return what a call does, step by step; see the type switch.ring. The switch and the portal's preview ask the same.
-- p_domain is the SIP domain of a caller whose password was checked, and p_caller its user name; an empty domain is a
-- call from a trunk, which reaches direct numbers alone. In a preview p_caller may also be a local number, or a number
-- of the public network: then it is a call from outside to that domain's customer.
CREATE OR REPLACE FUNCTION switch.route_call(
    p_domain text, p_caller text, p_dialled text, p_at timestamptz DEFAULT now()
) RETURNS SETOF switch.ring
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY SELECT * FROM unnest(switch.planned_call(p_domain, p_caller, p_dialled, p_at));
END
$function$;
ALTER FUNCTION switch.route_call(text, text, text, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.route_call(text, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.route_call(text, text, text, timestamptz) TO kamailio;
