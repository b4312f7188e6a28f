-- Make the note that a client's user wrote in the client the employee's note. A client that says no note any more
-- takes back its own alone, and never one that was written elsewhere meanwhile.
CREATE OR REPLACE FUNCTION switch.note_from_client(
    p_employee bigint, p_customer bigint, p_note text, p_before text
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    written integer;
BEGIN
    INSERT INTO public.telephony_presence (
        employee_id, customer_id, state, note, note_author_id, note_at, revision
    ) VALUES (
        p_employee, p_customer, '', p_note, CASE WHEN p_note <> '' THEN p_employee END,
        CASE WHEN p_note <> '' THEN now() END, 1
    )
    ON CONFLICT (employee_id) DO UPDATE
    SET note = excluded.note, note_author_id = excluded.note_author_id, note_at = excluded.note_at, before = NULL,
        revision = telephony_presence.revision + 1
    WHERE telephony_presence.note <> excluded.note AND (p_note <> '' OR telephony_presence.note = p_before);
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$function$;
ALTER FUNCTION switch.note_from_client(bigint, bigint, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.note_from_client(bigint, bigint, text, text) FROM PUBLIC;
