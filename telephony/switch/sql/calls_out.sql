-- Return how many calls to the public network a customer has at once: those that are told of, and those that were let out
-- in the last seconds and will be.
CREATE OR REPLACE FUNCTION switch.calls_out(p_customer bigint) RETURNS bigint
LANGUAGE plpgsql STABLE
AS $function$
BEGIN
    RETURN (
        SELECT count(*) FROM switch.open_call open
        WHERE open.customer_id = p_customer AND open.plan ~ '(^|;)[0-9]+,trunk,'
    ) + (
        SELECT count(*) FROM switch.going_out let
        WHERE let.customer_id = p_customer AND let.at > clock_timestamp() - interval '5 seconds'
    );
END
$function$;
ALTER FUNCTION switch.calls_out(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.calls_out(bigint) FROM PUBLIC;
