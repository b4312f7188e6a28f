-- Return the phones that an offer of a queue's call rings now: the one that fetched it, else those that the member
-- chose for the queue, else all.
CREATE OR REPLACE FUNCTION switch.queue_phones(p_queue bigint, p_employee bigint, p_phone bigint)
RETURNS TABLE (phone_id bigint, customer_id bigint, kind text, uri text)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 2
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT phone.phone_id, phone.customer_id, phone.kind, phone.uri
    FROM switch.reachable_phones(p_employee) phone
    WHERE CASE
        WHEN p_phone IS NOT NULL THEN phone.phone_id = p_phone
        ELSE NOT EXISTS (
            SELECT FROM public.telephony_queuemember member
            JOIN public.telephony_queuephone chosen ON chosen.member_id = member.id
            WHERE member.queue_id = p_queue AND member.employee_id = p_employee AND chosen.phone_id <> phone.phone_id
        ) OR EXISTS (
            SELECT FROM public.telephony_queuemember member
            JOIN public.telephony_queuephone chosen ON chosen.member_id = member.id
            WHERE member.queue_id = p_queue AND member.employee_id = p_employee AND chosen.phone_id = phone.phone_id
        )
    END
$function$;
ALTER FUNCTION switch.queue_phones(bigint, bigint, bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_phones(bigint, bigint, bigint) FROM PUBLIC;
