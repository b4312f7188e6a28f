-- Who may sign in, with the digest to check it against; read at every sign-in, so a change holds at once.
CREATE OR REPLACE VIEW switch.subscriber AS
SELECT lower(phone.username) AS username,
       lower(domain.name) AS domain,
       credential.ha1,
       phone.id AS phone_id,
       phone.employee_id,
       phone.customer_id
FROM telephony_phone phone
JOIN telephony_sipdomain domain ON domain.id = phone.sip_domain_id
JOIN tenancy_employee employee ON employee.id = phone.employee_id
JOIN switch.credential credential ON credential.phone_id = phone.id
WHERE phone.is_enabled
  AND phone.ended_at IS NULL
  AND domain.ended_at IS NULL
  AND employee.ended_at IS NULL;
ALTER VIEW switch.subscriber OWNER TO switch_owner;
REVOKE ALL ON switch.subscriber FROM PUBLIC;
GRANT SELECT ON switch.subscriber TO kamailio;
