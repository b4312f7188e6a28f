-- What a switch of the version before tells, which runs until it is started anew; see tell: a call begins.
CREATE OR REPLACE FUNCTION switch.call_begins(
    p_call text, p_tag text, p_node text, p_at numeric, p_domain text, p_user text, p_number text, p_phone bigint,
    p_source text, p_plan text
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN switch.tell(
        p_node, concat_ws('|', 'b', p_call, p_tag, p_at, p_domain, p_user, p_number, p_source, p_plan)
    );
END
$function$;
ALTER FUNCTION switch.call_begins(text, text, text, numeric, text, text, text, bigint, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_begins(text, text, text, numeric, text, text, text, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.call_begins(text, text, text, numeric, text, text, text, bigint, text, text) TO kamailio;
