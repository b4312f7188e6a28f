-- Show the portal where wrong passwords for phones of the opened customers came from in the last day.
CREATE OR REPLACE FUNCTION switch.refusals(p_phones bigint[])
RETURNS TABLE (
    phone_id bigint, address inet, user_agent text, failures integer,
    first_at timestamptz, last_at timestamptz, banned_until timestamptz,
    spelling text
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT refusal.phone_id, refusal.address, refusal.user_agent, refusal.failures,
           refusal.first_at, refusal.last_at, refusal.banned_until, refusal.spelling
    FROM switch.refusal refusal
    JOIN public.telephony_phone phone ON phone.id = refusal.phone_id
    WHERE refusal.phone_id = ANY (p_phones)
      AND phone.customer_id = ANY (public.opened_customers())
      AND refusal.last_at > now() - interval '1 day'
    ORDER BY refusal.last_at DESC
$function$;
ALTER FUNCTION switch.refusals(bigint[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.refusals(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.refusals(bigint[]) TO app;
