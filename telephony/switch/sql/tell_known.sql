-- Return lines of tell with the plans filled in of calls that began with the database away, whose plan is ? and a place,
-- see known_plan.
CREATE OR REPLACE FUNCTION switch.tell_known(p_told text) RETURNS text
LANGUAGE plpgsql STABLE
AS $function$
BEGIN
    RETURN (
        SELECT string_agg(
            CASE
                WHEN word[1] = 'b' AND starts_with(word[9], '?') THEN array_to_string(
                    word[:8] || switch.known_plan(word[5], word[6], word[7], substr(word[9], 2)), '|'
                )
                ELSE line.text
            END, E'\n' ORDER BY line.place
        )
        FROM string_to_table(p_told, E'\n') WITH ORDINALITY line (text, place)
        CROSS JOIN LATERAL string_to_array(line.text, '|') word
    );
END
$function$;
ALTER FUNCTION switch.tell_known(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.tell_known(text) FROM PUBLIC;
