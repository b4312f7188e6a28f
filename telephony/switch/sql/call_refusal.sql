-- Return why a customer may not call a number of the public network, as a code, or null when it may. Without a policy
-- the defaults of the model CallPolicy hold. Minutes are counted a moment after they happened.
CREATE OR REPLACE FUNCTION switch.call_refusal(p_customer bigint, p_number text) RETURNS text
LANGUAGE plpgsql STABLE
AS $function$
DECLARE
    policy public.telephony_callpolicy;
    kind text := switch.class_of(p_number);
BEGIN
    SELECT * INTO policy FROM public.telephony_callpolicy WHERE customer_id = p_customer;
    RETURN CASE
        WHEN policy.is_suspended THEN 'suspended'
        WHEN kind = 'premium' AND policy.allows_premium IS NOT TRUE THEN 'premium'
        WHEN kind = 'satellite' AND policy.allows_satellite IS NOT TRUE THEN 'satellite'
        WHEN kind = 'high_risk' AND policy.allows_high_risk IS NOT TRUE THEN 'high_risk'
        WHEN coalesce(policy.calls_at_once, 30) <= switch.calls_out(p_customer) THEN 'calls_at_once'
        WHEN NOT switch.is_at_home(p_customer, p_number)
            AND coalesce(policy.minutes_abroad, 240) <= switch.minutes_abroad(p_customer, p_number)
            THEN 'minutes_abroad'
    END;
END
$function$;
ALTER FUNCTION switch.call_refusal(bigint, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_refusal(bigint, text) FROM PUBLIC;
