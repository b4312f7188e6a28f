-- Take what a client publishes of its user (RFC 3903), and answer with the SIP status, the etag and the seconds it
-- holds. The note becomes the employee's one note (G24) when the client says another than it said before; nothing
-- that a client says is shown to watchers as it came. p_etag and p_body are in hex, see text_of; p_body is PIDF.
CREATE OR REPLACE FUNCTION switch.publish(
    p_phone bigint, p_etag text, p_seconds integer, p_body text, OUT status integer, OUT etag text, OUT seconds integer
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    old_etag text := switch.text_of(p_etag);
    body text := switch.text_of(p_body);
    phone record;
    old switch.publication;
    known text := ' appointment away breakfast busy dinner holiday in-transit looking-for-work lunch meal meeting'
        ' on-the-phone performance permanent-absence playing presentation shopping sleeping spectator steering'
        ' travel tv unknown vacation working worship ';
    named text[];
    said text;
BEGIN
    status := 200;
    etag := replace(gen_random_uuid()::text, '-', '');
    seconds := least(p_seconds, 3600);
    PERFORM pg_advisory_xact_lock(hashtextextended('publication', p_phone));
    SELECT owner.id, owner.employee_id, owner.customer_id INTO phone
    FROM public.telephony_phone owner WHERE owner.id = p_phone;
    IF NOT FOUND THEN
        status := 404;
        RETURN;
    END IF;
    IF old_etag <> '' THEN
        SELECT publication.* INTO old FROM switch.publication publication
        WHERE publication.phone_id = p_phone AND publication.etag = old_etag
          AND publication.is_live AND publication.expires_at > now();
        IF NOT FOUND THEN
            status := 412;
            RETURN;
        END IF;
    ELSE
        SELECT publication.* INTO old FROM switch.publication publication
        WHERE publication.phone_id = p_phone
        ORDER BY publication.changed_at DESC, publication.id DESC LIMIT 1;
    END IF;
    IF seconds <= 0 THEN
        UPDATE switch.publication SET is_live = false, expires_at = now(), changed_at = now()
        WHERE publication.id = old.id AND old_etag <> '';
        seconds := 0;
    ELSIF body = '' THEN
        IF old_etag = '' THEN
            status := 400;
            RETURN;
        END IF;
        -- A refresh says nothing new.
        UPDATE switch.publication SET etag = publish.etag, expires_at = now() + make_interval(secs => seconds)
        WHERE publication.id = old.id;
        RETURN;
    ELSE
        -- Entities of a document's own can be made to grow without end.
        IF body ~* '<!(DOCTYPE|ENTITY)' OR body !~ '<([a-zA-Z]+:)?presence[[:space:]>]'
           OR body !~ '</([a-zA-Z]+:)?presence[[:space:]]*>' THEN
            status := 400;
            RETURN;
        END IF;
        SELECT coalesce(array_agg(DISTINCT match.parts[2]), '{}') INTO named
        FROM regexp_matches(
            coalesce(substring(body FROM '<(?:[a-zA-Z]+:)?activities[^>]*>(.*?)</(?:[a-zA-Z]+:)?activities'), ''),
            '<([a-zA-Z]+:)?([a-z-]+)[[:space:]/>]', 'g') match (parts)
        WHERE strpos(known, ' ' || match.parts[2] || ' ') > 0;
        said := switch.text_from_xml(substring(
            body FROM '<(?:[a-zA-Z]+:)?note(?:[[:space:]][^>]*[^/>])?>(.*?)</(?:[a-zA-Z]+:)?note[[:space:]]*>'));
        IF old_etag <> '' THEN
            DELETE FROM switch.publication WHERE publication.id = old.id;
        END IF;
        INSERT INTO switch.publication (
            phone_id, employee_id, etag, is_open, is_idle, on_phone, activities, note, expires_at
        ) VALUES (
            p_phone, phone.employee_id, publish.etag,
            body !~ '<([a-zA-Z]+:)?basic[[:space:]]*>[[:space:]]*closed',
            body ~ '<([a-zA-Z]+:)?user-input[^>]*>[[:space:]]*idle',
            'on-the-phone' = ANY (named), named, said, now() + make_interval(secs => seconds)
        );
        -- One that has ended stays for its note, and no more than ten hold at once.
        DELETE FROM switch.publication
        WHERE publication.phone_id = p_phone AND publication.id IN (
            SELECT other.id FROM switch.publication other WHERE other.phone_id = p_phone
            ORDER BY other.is_live DESC, other.changed_at DESC, other.id DESC OFFSET 10
        );
        IF said <> coalesce(old.note, '') THEN
            PERFORM switch.note_from_client(phone.employee_id, phone.customer_id, said, coalesce(old.note, ''));
        END IF;
    END IF;
    INSERT INTO switch.presence_change (employee_id) VALUES (phone.employee_id);
END
$function$;
ALTER FUNCTION switch.publish(bigint, text, integer, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.publish(bigint, text, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.publish(bigint, text, integer, text) TO kamailio;
