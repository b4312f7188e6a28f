-- Return what rings when a number is called from outside that was shown in a call for help in the hour before: all
-- phones of whoever called, do not disturb or not, whatever the profile, the block list or a queue say; after a minute,
-- or where they are busy, the call goes on at step p_on. A number that leads elsewhere, as the main number does, is
-- called by everybody: there it goes on after 20 s. Mobiles whose number costs more than a call are left out, since
-- strangers ring them here. Null where nobody called for help, or no phone is there.
-- That such calls be let through is RFC 7090, which has no time for it; an hour is ours.
CREATE OR REPLACE FUNCTION switch.plan_call_back(p_customer bigint, p_number text, p_at timestamptz, p_on integer)
RETURNS switch.ring[]
LANGUAGE plpgsql STABLE
AS $function$
DECLARE
    helped bigint;
    seconds integer;
BEGIN
    SELECT call.employee_id INTO helped
    FROM switch.help_call call
    WHERE call.number = p_number AND call.at BETWEEN p_at - interval '1 hour' AND p_at
      AND call.customer_id = p_customer
    ORDER BY call.at DESC
    LIMIT 1;
    IF helped IS NULL THEN
        RETURN NULL;
    END IF;
    seconds := CASE
        WHEN EXISTS (
            SELECT FROM public.telephony_ddi ddi
            JOIN public.telephony_extension extension ON extension.id = ddi.extension_id
            WHERE ddi.number = p_number AND ddi.ended_at IS NULL AND extension.employee_id = helped
        ) THEN 60
        ELSE 20
    END;
    RETURN (
        SELECT array_agg(
            ROW(
                1, seconds, found.kind, found.uri, p_on, p_on,
                CASE WHEN found.kind = 'trunk' THEN switch.outgoing_number(p_customer, helped, p_at) END,
                found.phone_id, helped, p_customer, 'call_back'
            )::switch.ring
            -- The switch adds a trunk's branch before those of phones.
            ORDER BY found.kind DESC, found.phone_id
        )
        FROM (
            SELECT phone.id AS phone_id,
                   CASE WHEN phone.number <> '' THEN 'trunk' ELSE 'phone' END AS kind,
                   CASE
                       WHEN phone.number <> '' THEN switch.trunk_uri(phone.number)
                       ELSE 'sip:' || lower(phone.username) || '@' || lower(domain.name)
                   END AS uri,
                   switch.class_of(phone.number) AS class
            FROM public.telephony_phone phone
            LEFT JOIN public.telephony_sipdomain domain ON domain.id = phone.sip_domain_id AND domain.ended_at IS NULL
            WHERE phone.employee_id = helped AND phone.customer_id = p_customer
              AND phone.ended_at IS NULL AND phone.is_enabled
              AND (
                  phone.number <> '' OR EXISTS (
                      SELECT FROM kam.location location
                      WHERE location.username = lower(phone.username) AND location.domain = lower(domain.name)
                        AND location.expires > now() AT TIME ZONE 'UTC'
                  )
              )
        ) found
        WHERE found.uri IS NOT NULL AND found.class IS NULL
    );
END
$function$;
ALTER FUNCTION switch.plan_call_back(bigint, text, timestamptz, integer) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.plan_call_back(bigint, text, timestamptz, integer) FROM PUBLIC;
