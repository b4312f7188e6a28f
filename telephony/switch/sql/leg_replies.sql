-- What a switch of the version before tells, which runs until it is started anew; see tell: a phone replies.
CREATE OR REPLACE FUNCTION switch.leg_replies(
    p_call text, p_tag text, p_at numeric, p_ruid text, p_number text, p_status integer
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN switch.tell('', concat_ws('|', 'r', p_call, p_tag, p_at, p_status, p_ruid, p_number, '', '', ''));
END
$function$;
ALTER FUNCTION switch.leg_replies(text, text, numeric, text, text, integer) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.leg_replies(text, text, numeric, text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.leg_replies(text, text, numeric, text, text, integer) TO kamailio;
