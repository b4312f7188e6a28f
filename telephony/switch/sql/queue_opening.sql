-- Say whether a queue is open at a time, and what says so: day (a day that is different), holiday, or hours; with the
-- name of the day or holiday, in its country's language and in English. A queue without hours is open on other days.
CREATE OR REPLACE FUNCTION switch.queue_opening(
    p_queue bigint, p_at timestamptz, OUT is_open boolean, OUT why text, OUT label text, OUT label_en text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    here timestamp;
    apart public.telephony_queueday;
    holiday public.telephony_publicholiday;
BEGIN
    here := p_at AT TIME ZONE coalesce(
        (
            SELECT policy.time_zone FROM public.telephony_callpolicy policy
            JOIN public.telephony_queue queue ON queue.customer_id = policy.customer_id
            WHERE queue.id = p_queue
        ),
        'Europe/Copenhagen'
    );
    SELECT * INTO apart FROM public.telephony_queueday queueday
    WHERE queueday.queue_id = p_queue AND here::date BETWEEN queueday.first_day AND queueday.last_day
    ORDER BY queueday.id DESC
    LIMIT 1;
    IF apart.id IS NOT NULL THEN
        is_open := apart.opens IS NOT NULL AND apart.opens <= here::time AND apart.closes > here::time;
        why := 'day';
        label := apart.name;
        label_en := apart.name;
        RETURN;
    END IF;
    SELECT publicholiday.* INTO holiday
    FROM public.telephony_publicholiday publicholiday
    JOIN public.telephony_queue queue ON queue.holidays_of = publicholiday.country
    WHERE queue.id = p_queue AND publicholiday.day = here::date;
    IF holiday.id IS NOT NULL THEN
        is_open := false;
        why := 'holiday';
        label := holiday.name;
        label_en := holiday.name_en;
        RETURN;
    END IF;
    is_open := NOT EXISTS (SELECT FROM public.telephony_queuehours hours WHERE hours.queue_id = p_queue) OR EXISTS (
        SELECT FROM public.telephony_queuehours hours
        WHERE hours.queue_id = p_queue AND hours.weekday = extract(isodow FROM here)
          AND hours.opens <= here::time AND hours.closes > here::time
    );
    why := 'hours';
    label := '';
    label_en := '';
END
$function$;
ALTER FUNCTION switch.queue_opening(bigint, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_opening(bigint, timestamptz) FROM PUBLIC;
