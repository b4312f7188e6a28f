-- Return the phone that stands on a side (initiator, recipient) of a call that was answered: its SIP domain and its
-- user name there; for a mobile those of another phone of its owner's, whose rights are the same. Texts are in hex, see
-- text_of.
CREATE OR REPLACE FUNCTION switch.phone_in_call(p_call text, p_side text)
RETURNS TABLE (domain text, username text)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT lower(domain.name), lower(phone.username)
    FROM switch.live_call live
    JOIN public.telephony_phone own ON own.id = live.phone_id AND own.ended_at IS NULL
    JOIN public.telephony_phone phone ON phone.ended_at IS NULL AND phone.employee_id = own.employee_id
      AND (phone.id = own.id OR own.sip_domain_id IS NULL)
    JOIN public.telephony_sipdomain domain ON domain.id = phone.sip_domain_id AND domain.ended_at IS NULL
    WHERE live.call_id = left(switch.text_of(p_call), 255) AND live.direction = switch.text_of(p_side)
      AND live.state = 'confirmed'
    LIMIT 1
$function$;
ALTER FUNCTION switch.phone_in_call(text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.phone_in_call(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.phone_in_call(text, text) TO kamailio;
