-- Tell whether an employee wants no calls from a number (E.164). For an hour after a call for help nobody is kept out:
-- those who help may call back.
CREATE OR REPLACE FUNCTION switch.is_blocked(p_employee bigint, p_number text, p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $function$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.telephony_blockednumber blocked
        WHERE blocked.employee_id = p_employee AND blocked.number = p_number
    ) THEN
        RETURN false;
    END IF;
    RETURN NOT EXISTS (
        SELECT FROM public.telephony_callleg leg
        JOIN public.telephony_callrecord record ON record.id = leg.record_id AND record.started_at = leg.started_at
        WHERE leg.employee_id = p_employee AND leg.part = 'out'
          AND leg.started_at BETWEEN p_at - interval '1 hour' AND p_at
          AND record.dialled IN ('112', '114')
    );
END
$function$;
ALTER FUNCTION switch.is_blocked(bigint, text, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.is_blocked(bigint, text, timestamptz) FROM PUBLIC;
