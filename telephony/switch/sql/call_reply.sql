-- Take what a phone answered to a call that is being set up: it rings, it has taken the call, or it has not. The
-- phone is known by the ruid of its registration, the caller by the phone that signed in (0: not one of ours). Each is
-- shown to the other: p_from is the number that the caller shows, p_to what was dialled; p_node is the switch. Texts are in hex, see
-- text_of. Returns how much of it is news.
CREATE OR REPLACE FUNCTION switch.call_reply(
    p_call text, p_caller bigint, p_ruid text, p_status integer, p_from text DEFAULT '', p_to text DEFAULT '',
    p_node text DEFAULT ''
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    callee bigint := (
        SELECT phone.id
        FROM kam.location location
        JOIN public.telephony_sipdomain domain ON lower(domain.name) = location.domain AND domain.ended_at IS NULL
        JOIN public.telephony_phone phone
          ON phone.sip_domain_id = domain.id AND lower(phone.username) = location.username
         AND phone.ended_at IS NULL
        WHERE location.ruid = switch.text_of(p_ruid)
    );
    news integer := 0;
    stands text := CASE WHEN p_status < 200 THEN 'early' ELSE 'confirmed' END;
BEGIN
    IF p_status >= 300 THEN
        DELETE FROM switch.live_call
        WHERE call_id = left(switch.text_of(p_call), 255) AND phone_id = callee AND state = 'early';
        GET DIAGNOSTICS news = ROW_COUNT;
        RETURN news;
    END IF;
    RETURN coalesce(switch.call_is(p_call, callee, 'recipient', stands, p_from, p_node), 0)
        + coalesce(switch.call_is(p_call, p_caller, 'initiator', stands, p_to, p_node), 0);
END
$function$;
ALTER FUNCTION switch.call_reply(text, bigint, text, integer, text, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_reply(text, bigint, text, integer, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.call_reply(text, bigint, text, integer, text, text, text) TO kamailio;
