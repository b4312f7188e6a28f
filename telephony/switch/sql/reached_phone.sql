-- Phones that a call reaches: SIP phones that are registered now, and mobiles through the trunk.
CREATE OR REPLACE VIEW switch.reached_phone AS
SELECT phone.id AS phone_id, phone.employee_id, phone.customer_id, 'phone' AS kind,
       'sip:' || lower(phone.username) || '@' || lower(domain.name) AS uri
FROM public.telephony_phone phone
JOIN public.telephony_sipdomain domain ON domain.id = phone.sip_domain_id AND domain.ended_at IS NULL
WHERE phone.ended_at IS NULL AND phone.is_enabled
  AND EXISTS (
      SELECT FROM kam.location location
      WHERE location.username = lower(phone.username)
        AND location.domain = lower(domain.name)
        AND location.expires > now() AT TIME ZONE 'UTC'
      -- Looked up for each of the few phones: without this all that is registered might be read for them.
      OFFSET 0
  )
UNION ALL
SELECT phone.id, phone.employee_id, phone.customer_id, 'trunk', switch.trunk_uri(phone.number)
FROM public.telephony_phone phone
WHERE phone.ended_at IS NULL AND phone.is_enabled AND phone.number <> ''
  AND switch.trunk_uri(phone.number) IS NOT NULL
  AND switch.call_refusal(phone.customer_id, phone.number) IS NULL;
ALTER VIEW switch.reached_phone OWNER TO switch_owner;
REVOKE ALL ON switch.reached_phone FROM PUBLIC;
