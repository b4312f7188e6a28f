-- What a switch of the version before tells, which runs until it is started anew; see tell: a phone replies, and is
-- in a call. Its record is told by leg_replies.
CREATE OR REPLACE FUNCTION switch.call_reply(
    p_call text, p_caller bigint, p_ruid text, p_status integer, p_from text DEFAULT '', p_to text DEFAULT '',
    p_node text DEFAULT ''
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN switch.tell(
        p_node,
        concat_ws(
            '|', 'r', p_call, '-', extract(epoch FROM clock_timestamp()), p_status, p_ruid, '', p_caller, p_from, p_to
        )
    );
END
$function$;
ALTER FUNCTION switch.call_reply(text, bigint, text, integer, text, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_reply(text, bigint, text, integer, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.call_reply(text, bigint, text, integer, text, text, text) TO kamailio;
