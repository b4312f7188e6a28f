-- Note that an employee's phone reached a number of the public network: whoever called a queue in vain from it has
-- been called back. The number is in hex, as it was dialled. Returns how many calls that settles.
CREATE OR REPLACE FUNCTION switch.queue_reached(p_phone bigint, p_number text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    settled integer;
BEGIN
    UPDATE public.telephony_queuecall call
    SET done_at = now(), done_by_id = phone.employee_id, done_how = 'reached'
    FROM public.telephony_phone phone
    LEFT JOIN public.telephony_callpolicy policy ON policy.customer_id = phone.customer_id
    WHERE phone.id = p_phone AND call.customer_id = phone.customer_id
      AND call.caller = switch.international(switch.text_of(p_number), coalesce(policy.country, 'DK'))
      AND call.ended_at IS NOT NULL AND call.done_at IS NULL AND call.outcome IN ('abandoned', 'waited', 'full');
    GET DIAGNOSTICS settled = ROW_COUNT;
    RETURN settled;
END
$function$;
ALTER FUNCTION switch.queue_reached(bigint, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_reached(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.queue_reached(bigint, text) TO kamailio;
