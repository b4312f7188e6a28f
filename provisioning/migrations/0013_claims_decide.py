"""Let several customers set up one domain: whose it is, proven claims decide, and not who came first."""

import django.db.models.functions.text
from django.db import migrations, models

FUNCTION = """
-- Says whether a domain lies below one that another customer has proven to be theirs; it does not say whose. The domain
-- itself may be claimed by anybody: provisioning_domain_need says what it takes to prove it.
CREATE OR REPLACE FUNCTION provisioning_domain_taken(p_domain text, p_customer bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
RETURN EXISTS (
    SELECT FROM provisioning_domainclaim
    WHERE lower(domain) IN (
        SELECT array_to_string((string_to_array(lower(p_domain), '.'))[level:], '.')
        FROM generate_series(2, cardinality(string_to_array(p_domain, '.'))) level
    )
    AND ended_at IS NULL AND proven_at IS NOT NULL AND customer_id IS DISTINCT FROM p_customer
);
"""


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0012_claims_filled")]
    operations = [
        migrations.RemoveConstraint(
            model_name="setup",
            name="one_setup_a_domain",
        ),
        migrations.AddConstraint(
            model_name="setup",
            constraint=models.UniqueConstraint(
                models.F("customer"),
                django.db.models.functions.text.Lower("domain"),
                condition=models.Q(("ended_at__isnull", True)),
                name="one_setup_a_domain_here",
            ),
        ),
        migrations.AlterField(
            model_name="ending",
            name="cause",
            field=models.CharField(
                choices=[
                    ("contract", "The contract ended"),
                    ("cancelled", "The order was cancelled"),
                    ("moved", "The domain moved to another customer"),
                ],
                default="contract",
                max_length=10,
            ),
        ),
        migrations.RunSQL(FUNCTION, migrations.RunSQL.noop),
    ]
