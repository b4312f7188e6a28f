-- Take down what a phone (by its registration's ruid) or a number answered to a call: it rings, has taken it, or not.
-- Other arguments are those of call_begins. Returns how many legs say so.
CREATE OR REPLACE FUNCTION switch.leg_replies(
    p_call text, p_tag text, p_at numeric, p_ruid text, p_number text, p_status integer
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    going switch.open_call;
    moment timestamptz := to_timestamp(p_at);
    of_phone bigint;
    taken public.telephony_callleg;
    said integer := 0;
    more integer;
    key text := switch.call_key(p_call, p_tag);
BEGIN
    IF p_ruid <> '' THEN
        of_phone := (
            SELECT phone.id
            FROM kam.location location
            JOIN public.telephony_sipdomain domain ON lower(domain.name) = location.domain AND domain.ended_at IS NULL
            JOIN public.telephony_phone phone
              ON phone.sip_domain_id = domain.id AND lower(phone.username) = location.username AND phone.ended_at IS NULL
            WHERE location.ruid = switch.text_of(p_ruid)
        );
    END IF;
    FOR going IN SELECT * FROM switch.open_call open WHERE open.call = key LOOP
        UPDATE public.telephony_callleg leg
        SET rang_at = coalesce(leg.rang_at, CASE WHEN p_status < 300 THEN moment END),
            answered_at = CASE WHEN p_status BETWEEN 200 AND 299 THEN moment ELSE leg.answered_at END,
            ended_at = CASE WHEN p_status >= 300 THEN moment END,
            status = p_status,
            outcome = CASE
                WHEN p_status < 200 THEN leg.outcome
                WHEN p_status < 300 THEN 'answered'
                WHEN p_status IN (486, 600) THEN 'busy'
                WHEN p_status IN (408, 480, 487) THEN 'unanswered'
                WHEN p_status IN (403, 603) THEN 'refused'
                ELSE 'failed'
            END
        WHERE leg.record_id = going.record_id AND leg.started_at = going.started_at AND leg.role = 'rung'
          AND leg.answered_at IS NULL
          -- A queue rings the same phone again and again; that it was stopped is told by queue_legs.
          AND (leg.why <> 'queue' OR leg.ended_at IS NULL AND p_status <> 487)
          AND leg.step = (
              SELECT max(latest.step) FROM public.telephony_callleg latest
              WHERE latest.record_id = going.record_id AND latest.started_at = going.started_at
          )
          AND CASE WHEN p_ruid = '' THEN leg.number = switch.text_of(p_number) ELSE leg.phone_id = of_phone END;
        GET DIAGNOSTICS more = ROW_COUNT;
        said := said + more;
        CONTINUE WHEN p_status NOT BETWEEN 200 AND 299;
        UPDATE switch.open_call open SET is_answered = true
        WHERE open.call = key AND open.customer_id = going.customer_id;
        SELECT * INTO taken
        FROM public.telephony_callleg leg
        WHERE leg.record_id = going.record_id AND leg.started_at = going.started_at AND leg.answered_at = moment
          AND leg.role = 'rung'
        LIMIT 1;
        UPDATE public.telephony_callleg leg SET outcome = 'answered', answered_at = moment
        WHERE leg.record_id = going.record_id AND leg.started_at = going.started_at AND leg.role = 'queue'
          AND leg.step = taken.step AND leg.ended_at IS NULL;
        UPDATE public.telephony_callrecord record
        SET answered_at = moment, answered_by_id = taken.employee_id, status = p_status
        WHERE record.id = going.record_id AND record.started_at = going.started_at AND record.answered_at IS NULL;
    END LOOP;
    RETURN said;
END
$function$;
ALTER FUNCTION switch.leg_replies(text, text, numeric, text, text, integer) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.leg_replies(text, text, numeric, text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.leg_replies(text, text, numeric, text, text, integer) TO kamailio;
