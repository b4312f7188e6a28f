-- Return what callers hear who wait in a queue: the name of its file at the media relay, and how often that is played
-- for the longest wait, with a space between them; empty for no music.
CREATE OR REPLACE FUNCTION switch.queue_music(p_queue bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT CASE
        WHEN queue.music = 'none' THEN ''
        WHEN queue.music = 'own' AND file.id IS NOT NULL
            THEN file.public_id || ' ' || ceil(900.0 / greatest(file.seconds, 1))
        ELSE 'ours 30'
    END
    FROM public.telephony_queue queue
    LEFT JOIN public.telephony_queuemusic file ON file.queue_id = queue.id
    WHERE queue.id = p_queue
$function$;
ALTER FUNCTION switch.queue_music(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_music(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.queue_music(bigint) TO kamailio;
