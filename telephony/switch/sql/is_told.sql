-- Note that a switch (p_node, in hex) tells a batch of events, and say whether that is the one that it told last: then it
-- has been written, and only the answer did not arrive. A batch without a name is always new.
CREATE OR REPLACE FUNCTION switch.is_told(p_node text, p_batch text) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $function$
BEGIN
    IF p_batch = '' THEN
        RETURN false;
    END IF;
    UPDATE switch.node SET told = p_batch WHERE name = switch.text_of(p_node) AND told <> p_batch;
    IF FOUND THEN
        RETURN false;
    END IF;
    RETURN EXISTS (SELECT FROM switch.node WHERE name = switch.text_of(p_node));
END
$function$;
ALTER FUNCTION switch.is_told(text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.is_told(text, text) FROM PUBLIC;
