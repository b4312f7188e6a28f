-- Note that a switch (p_node, in hex) tells a batch of events, and say whether that has been written: then only the answer
-- did not arrive. A batch is called STARTED/NUMBER, and those that a switch tells after it started count up; one that a
-- server carries out late, after it hung and was asked again, has a number that is past. A batch without a name is
-- always new.
CREATE OR REPLACE FUNCTION switch.is_told(p_node text, p_batch text) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $function$
BEGIN
    IF p_batch = '' THEN
        RETURN false;
    END IF;
    -- It says only every few seconds that it is there, and since when, see node_is_up; that may be just now.
    IF NOT EXISTS (SELECT FROM switch.node WHERE name = switch.text_of(p_node)) THEN
        INSERT INTO switch.node (name, started, seen_at, steady_since)
        VALUES (switch.text_of(p_node), to_timestamp(0), now(), now())
        ON CONFLICT DO NOTHING;
    END IF;
    UPDATE switch.node SET told = p_batch WHERE name = switch.text_of(p_node) AND told <> p_batch AND NOT (
        split_part(told, '/', 1) = split_part(p_batch, '/', 1)
        AND coalesce(nullif(split_part(told, '/', 2), '')::bigint, -1)
            >= coalesce(nullif(split_part(p_batch, '/', 2), '')::bigint, 0)
    );
    RETURN NOT FOUND;
END
$function$;
ALTER FUNCTION switch.is_told(text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.is_told(text, text) FROM PUBLIC;
