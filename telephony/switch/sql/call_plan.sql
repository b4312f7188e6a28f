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
DECLARE
    plan switch.ring[] := switch.planned_call(
        switch.text_of(p_domain), switch.text_of(p_caller), switch.text_of(p_dialled), now()
    );
BEGIN
    RETURN QUERY
    SELECT ring.step, ring.seconds, ring.kind, ring.uri, ring.if_busy, ring.if_unanswered, ring.shows, ring.why,
           coalesce(ring.customer_id, 0),
           CASE ring.place WHEN 1 THEN (
               SELECT string_agg(
                   concat_ws(
                       ',', row.step, row.kind, coalesce(row.phone_id, 0), coalesce(row.employee_id, 0), row.why,
                       CASE row.kind
                           WHEN 'end' THEN row.uri
                           WHEN 'queue' THEN row.uri
                           WHEN 'trunk' THEN split_part(substr(row.uri, 5), '@', 1)
                           ELSE ''
                       END,
                       CASE WHEN row.employee_id IS NULL THEN row.customer_id END
                   ) || ';', ''
               )
               -- What the switch bears as one event; it rings far fewer.
               FROM unnest(plan[:200]) row
               WHERE row.kind <> 'from'
           ) END
    FROM unnest(plan) WITH ORDINALITY ring (
        step, seconds, kind, uri, if_busy, if_unanswered, shows, phone_id, employee_id, customer_id, why, place
    );
END
$function$;
ALTER FUNCTION switch.call_plan(text, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_plan(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.call_plan(text, text, text) TO kamailio;
