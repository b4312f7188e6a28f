-- Say whether an employee is in a call or calls somebody, on any device; ringing is not being in a call.
CREATE OR REPLACE FUNCTION switch.is_in_call(p_employee bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN EXISTS (
        SELECT FROM switch.live_call live
        WHERE live.employee_id = p_employee AND (live.state = 'confirmed' OR live.direction = 'initiator')
    ) OR EXISTS (
        -- A mobile has no row of its own among live calls.
        SELECT FROM public.telephony_queuecall call
        WHERE call.answered_by_id = p_employee AND call.ended_at IS NULL
    );
END
$function$;
ALTER FUNCTION switch.is_in_call(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.is_in_call(bigint) FROM PUBLIC;
