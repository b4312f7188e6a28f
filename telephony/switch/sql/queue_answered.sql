-- Note that somebody took a call out of a queue: known by the ruid of the registration that answered, or, on a mobile,
-- as the one who was offered it there. Whoever called in vain before from the same number has been reached. Texts are
-- in hex. Returns 1 when that is news.
CREATE OR REPLACE FUNCTION switch.queue_answered(p_call text, p_ruid text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    taken public.telephony_queuecall;
    answerer bigint;
BEGIN
    SELECT * INTO taken
    FROM public.telephony_queuecall call
    WHERE call.call_id = left(switch.text_of(p_call), 255) AND call.ended_at IS NULL AND call.state <> 'talking'
    FOR UPDATE;
    IF taken.id IS NULL THEN
        RETURN 0;
    END IF;
    answerer := coalesce(
        (
            SELECT phone.employee_id
            FROM kam.location location
            JOIN public.telephony_sipdomain domain ON lower(domain.name) = location.domain AND domain.ended_at IS NULL
            JOIN public.telephony_phone phone
              ON phone.sip_domain_id = domain.id AND lower(phone.username) = location.username
             AND phone.ended_at IS NULL AND phone.customer_id = taken.customer_id
            WHERE location.ruid = switch.text_of(p_ruid)
        ),
        (
            SELECT offer.employee_id
            FROM public.telephony_queueoffer offer
            CROSS JOIN LATERAL switch.queue_phones(taken.queue_id, offer.employee_id, offer.phone_id) phone
            WHERE offer.call_id = taken.id AND offer.ended_at IS NULL
            ORDER BY phone.kind DESC, offer.id
            LIMIT 1
        )
    );
    UPDATE public.telephony_queuecall
    SET state = 'talking', outcome = 'answered', answered_at = now(), answered_by_id = answerer
    WHERE id = taken.id;
    UPDATE public.telephony_queueoffer
    SET ended_at = now(), outcome = CASE WHEN employee_id = answerer THEN 'answered' ELSE 'elsewhere' END
    WHERE call_id = taken.id AND ended_at IS NULL;
    UPDATE public.telephony_queuemember SET missed_in_row = 0
    WHERE queue_id = taken.queue_id AND employee_id = answerer;
    UPDATE public.telephony_queuecall
    SET done_at = now(), done_by_id = answerer, done_how = 'came_back'
    WHERE customer_id = taken.customer_id AND queue_id = taken.queue_id AND caller = taken.caller
      AND caller NOT IN ('', 'anonymous')
      AND ended_at IS NOT NULL AND done_at IS NULL AND outcome IN ('abandoned', 'waited', 'full');
    RETURN 1;
END
$function$;
ALTER FUNCTION switch.queue_answered(text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_answered(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.queue_answered(text, text) TO kamailio;
