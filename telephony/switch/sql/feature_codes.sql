-- List a customer's codes: the provider's, with the customer's own digits and switches where it has some. A code of the
-- provider whose digits the customer uses for something else is not available. `standard` is what the provider has.
CREATE OR REPLACE FUNCTION switch.feature_codes(p_customer bigint)
RETURNS TABLE (
    action text, digits text, is_enabled boolean, is_own boolean, standard_digits text, standard_is_enabled boolean
)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 12
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT code.action, coalesce(own.digits, code.digits)::text,
           coalesce(own.is_enabled, code.is_enabled AND taken.id IS NULL),
           own.id IS NOT NULL, code.digits, code.is_enabled
    FROM switch.default_code code
    LEFT JOIN public.telephony_featurecode own ON own.customer_id = p_customer AND own.action = code.action
    LEFT JOIN public.telephony_featurecode taken
      ON taken.customer_id = p_customer AND taken.digits = code.digits AND taken.is_enabled
     AND taken.action <> code.action
    ORDER BY code.rank
$function$;
ALTER FUNCTION switch.feature_codes(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.feature_codes(bigint) FROM PUBLIC;
