-- Tell the portal whether nobody has a number of the public network; it cannot see other customers' itself.
CREATE OR REPLACE FUNCTION switch.ddi_is_free(p_number text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT NOT EXISTS (
        SELECT FROM public.telephony_ddi ddi WHERE ddi.number = p_number AND ddi.ended_at IS NULL
    )
$function$;
ALTER FUNCTION switch.ddi_is_free(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.ddi_is_free(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.ddi_is_free(text) TO app;
