-- What a switch of the version before tells, which runs until it is started anew; see tell: a call has ended.
CREATE OR REPLACE FUNCTION switch.call_ends(
    p_call text, p_tag text, p_at numeric, p_by text, p_status integer
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN switch.tell('', concat_ws('|', 'e', p_call, p_tag, p_at, p_by, p_status));
END
$function$;
ALTER FUNCTION switch.call_ends(text, text, numeric, text, integer) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_ends(text, text, numeric, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.call_ends(text, text, numeric, text, integer) TO kamailio;
