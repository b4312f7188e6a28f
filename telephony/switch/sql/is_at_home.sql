-- Say whether a number of the public network is one of the customer's own country.
CREATE OR REPLACE FUNCTION switch.is_at_home(p_customer bigint, p_number text) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $function$
BEGIN
    RETURN EXISTS (
        SELECT FROM switch.country country
        WHERE country.code = coalesce(
            (SELECT policy.country FROM public.telephony_callpolicy policy WHERE policy.customer_id = p_customer), 'DK'
        ) AND starts_with(p_number, '+' || country.calling_code)
    );
END
$function$;
ALTER FUNCTION switch.is_at_home(bigint, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.is_at_home(bigint, text) FROM PUBLIC;
