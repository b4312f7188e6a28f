-- Carry out a code, as feature_code does, and say besides what is spoken on the line: language/result, null for nothing.
CREATE OR REPLACE FUNCTION switch.code_dialled(p_phone bigint, p_dialled text)
RETURNS TABLE (status integer, reason text, call text, t_index bigint, t_label bigint, spoken text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    told record;
BEGIN
    SELECT * INTO told FROM switch.feature_code(p_phone, p_dialled);
    RETURN QUERY SELECT
        told.status, told.reason, told.call, told.t_index, told.t_label,
        (
            SELECT switch.language_of(used.employee_id, policy.country) || '/' || used.result
            FROM public.telephony_codeuse used
            LEFT JOIN public.telephony_callpolicy policy ON policy.customer_id = used.customer_id
            -- The phone that takes a call must be free for it.
            WHERE used.phone_id = p_phone AND told.action IS NOT NULL AND told.call IS NULL AND used.result <> 'nothing'
            ORDER BY used.at DESC, used.id DESC
            LIMIT 1
        );
END
$function$;
ALTER FUNCTION switch.code_dialled(bigint, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.code_dialled(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.code_dialled(bigint, text) TO kamailio;
