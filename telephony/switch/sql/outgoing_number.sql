-- Return the number that an employee's calls show: the one of the profile that holds, the employee's own direct number,
-- one that the employee may show, the customer's main number; null when there is none.
CREATE OR REPLACE FUNCTION switch.outgoing_number(p_customer bigint, p_employee bigint, p_at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE
AS $function$
BEGIN
    RETURN coalesce(
        (
            SELECT ddi.number
            FROM public.telephony_ringprofile profile
            JOIN public.telephony_ddi ddi ON ddi.id = profile.outgoing_id AND ddi.ended_at IS NULL
            LEFT JOIN public.telephony_extension own ON own.id = ddi.extension_id AND own.employee_id = p_employee
            WHERE profile.id = switch.profile_at(p_employee, p_at)
              -- It may have been led elsewhere, or taken from the employee, since the profile was made.
              AND (ddi.is_main OR own.id IS NOT NULL OR EXISTS (
                  SELECT FROM public.telephony_shownnumber shown
                  WHERE shown.ddi_id = ddi.id AND shown.employee_id = p_employee
              ))
        ),
        (
            SELECT ddi.number
            FROM public.telephony_extension extension
            JOIN public.telephony_ddi ddi ON ddi.extension_id = extension.id
            WHERE extension.employee_id = p_employee AND ddi.ended_at IS NULL
            ORDER BY ddi.id
            LIMIT 1
        ),
        (
            SELECT ddi.number
            FROM public.telephony_shownnumber shown
            JOIN public.telephony_ddi ddi ON ddi.id = shown.ddi_id
            WHERE shown.employee_id = p_employee AND ddi.ended_at IS NULL
            ORDER BY shown.id
            LIMIT 1
        ),
        (
            SELECT ddi.number
            FROM public.telephony_ddi ddi
            WHERE ddi.customer_id = p_customer AND ddi.is_main AND ddi.ended_at IS NULL
        )
    );
END
$function$;
ALTER FUNCTION switch.outgoing_number(bigint, bigint, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.outgoing_number(bigint, bigint, timestamptz) FROM PUBLIC;
