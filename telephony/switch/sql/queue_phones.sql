-- Return the phones that an offer of a queue's call rings now: the one that fetched it, else those that the member
-- chose for the queue, else all. A chosen one that is gone chooses nothing. Mobiles abroad are not rung: see plan_queue.
CREATE OR REPLACE FUNCTION switch.queue_phones(p_queue bigint, p_employee bigint, p_phone bigint)
RETURNS TABLE (phone_id bigint, customer_id bigint, kind text, uri text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 2
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT phone.phone_id, phone.customer_id, phone.kind, phone.uri
    FROM switch.reachable_phones(p_employee) phone
    WHERE (
        phone.kind <> 'trunk' OR EXISTS (
            SELECT FROM public.telephony_phone mobile
            WHERE mobile.id = phone.phone_id AND switch.is_at_home(mobile.customer_id, mobile.number)
        )
    ) AND CASE
        WHEN p_phone IS NOT NULL THEN phone.phone_id = p_phone
        ELSE NOT EXISTS (
            SELECT FROM public.telephony_queuemember member
            JOIN public.telephony_queuephone chosen ON chosen.member_id = member.id
            JOIN public.telephony_phone live ON live.id = chosen.phone_id AND live.ended_at IS NULL
            WHERE member.queue_id = p_queue AND member.employee_id = p_employee
        ) OR EXISTS (
            SELECT FROM public.telephony_queuemember member
            JOIN public.telephony_queuephone chosen ON chosen.member_id = member.id
            WHERE member.queue_id = p_queue AND member.employee_id = p_employee AND chosen.phone_id = phone.phone_id
        )
    END;
END
$function$;
ALTER FUNCTION switch.queue_phones(bigint, bigint, bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_phones(bigint, bigint, bigint) FROM PUBLIC;
