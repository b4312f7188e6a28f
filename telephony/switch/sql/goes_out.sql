-- Say whether a customer's call may go to the public network now, as 1 or 0, and count it: one after the other, so that of
-- calls that begin together no more go out than may. p_call and p_tag are as those of call_key.
CREATE OR REPLACE FUNCTION switch.goes_out(p_customer bigint, p_call text, p_tag text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('going_out', p_customer));
    DELETE FROM switch.going_out let
    WHERE let.customer_id = p_customer AND let.at <= clock_timestamp() - interval '5 seconds';
    IF switch.calls_out(p_customer) >= coalesce(
        (SELECT policy.calls_at_once FROM public.telephony_callpolicy policy WHERE policy.customer_id = p_customer), 30
    ) THEN
        RETURN 0;
    END IF;
    INSERT INTO switch.going_out (call, customer_id, at)
    VALUES (switch.call_key(p_call, p_tag), p_customer, clock_timestamp())
    ON CONFLICT DO NOTHING;
    RETURN 1;
END
$function$;
ALTER FUNCTION switch.goes_out(bigint, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.goes_out(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.goes_out(bigint, text, text) TO kamailio;
