"""Write a claim for every setup that there is, and free the domains that nobody has proven."""

from django.db import migrations

FILL = """
INSERT INTO provisioning_domainclaim
    (public_id, customer_id, domain, token, claimed_at, lapses_at, proven_at, proof, ended_at, end_reason)
SELECT DISTINCT ON (customer_id, lower(domain), ended_at)
    gen_random_uuid(), customer_id, lower(domain),
    replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
    created_at, greatest(created_at, now()) + interval '7 days', dns_verified_at,
    CASE WHEN dns_verified_at IS NULL THEN '' ELSE 'records' END,
    ended_at, CASE WHEN ended_at IS NULL THEN '' ELSE 'released' END
FROM provisioning_setup s
WHERE NOT EXISTS (
    SELECT FROM provisioning_domainclaim c
    WHERE c.customer_id = s.customer_id AND lower(c.domain) = lower(s.domain) AND c.ended_at IS NULL
)
ORDER BY customer_id, lower(domain), ended_at, dns_verified_at NULLS LAST;

-- Until now a claim took the domain at the switch; nobody can have a client there before it is proven.
WITH unproven AS (
    UPDATE provisioning_setup s SET sip_domain_id = NULL
    FROM telephony_sipdomain d
    WHERE d.id = s.sip_domain_id AND d.ended_at IS NULL AND s.dns_verified_at IS NULL
      AND NOT EXISTS (SELECT FROM telephony_phone p WHERE p.sip_domain_id = d.id)
    RETURNING d.id
)
UPDATE telephony_sipdomain SET ended_at = now() WHERE id IN (SELECT id FROM unproven);
"""


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0011_domain_claims")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
