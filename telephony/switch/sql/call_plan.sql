-- Return what a call does, as route_call, to Kamailio: texts are in hex, see text_of. `told` in the first row is all of it
-- for the records, see planned_legs.
CREATE OR REPLACE FUNCTION switch.call_plan(p_domain text, p_caller text, p_dialled text)
RETURNS TABLE (
    step integer, seconds integer, kind text, uri text, if_busy integer, if_unanswered integer, shows text, why text,
    customer bigint, told text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 3
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT ring.step, ring.seconds, ring.kind, ring.uri, ring.if_busy, ring.if_unanswered, ring.shows, ring.why,
           coalesce(ring.customer_id, 0),
           CASE row_number() OVER () WHEN 1 THEN left(
               string_agg(
                   concat_ws(
                       ',', ring.step, ring.kind, coalesce(ring.phone_id, 0), coalesce(ring.employee_id, 0), ring.why,
                       CASE ring.kind
                           WHEN 'end' THEN ring.uri
                           WHEN 'queue' THEN ring.uri
                           WHEN 'trunk' THEN split_part(substr(ring.uri, 5), '@', 1)
                           ELSE ''
                       END,
                       CASE WHEN ring.employee_id IS NULL THEN ring.customer_id END
                   ) || ';', ''
               ) FILTER (WHERE ring.kind <> 'from') OVER (),
               4000
           ) END
    FROM switch.route_call(switch.text_of(p_domain), switch.text_of(p_caller), switch.text_of(p_dialled)) ring;
END
$function$;
ALTER FUNCTION switch.call_plan(text, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_plan(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.call_plan(text, text, text) TO kamailio;
