-- Sign a member of an opened customer in or out, for the portal; see sign_member. Null for a member of others.
CREATE OR REPLACE FUNCTION switch.sign_in_to_queue(p_member bigint, p_in boolean, p_how text, p_until timestamptz)
RETURNS text
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT switch.sign_member(member.id, p_in, p_how, p_until)
    FROM public.telephony_queuemember member
    WHERE member.id = p_member AND member.customer_id = ANY (public.opened_customers())
$function$;
ALTER FUNCTION switch.sign_in_to_queue(bigint, boolean, text, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.sign_in_to_queue(bigint, boolean, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.sign_in_to_queue(bigint, boolean, text, timestamptz) TO app;
