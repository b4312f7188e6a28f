"""Add claims on domains beside setups: a claim counts against others when it is proven, not when it is made."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models

from myfone.tenancy.rls import Protect

FUNCTIONS = """
-- Says what a customer has to show for a domain: 'records' when no other customer ever claimed it, 'txt' when another
-- did, 'move' when another has proven it or a name above it. It does not say who.
CREATE FUNCTION provisioning_domain_need(p_domain text, p_customer bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
RETURN CASE
    WHEN EXISTS (
        SELECT FROM provisioning_domainclaim
        WHERE lower(domain) IN (
            SELECT array_to_string((string_to_array(lower(p_domain), '.'))[level:], '.')
            FROM generate_series(1, cardinality(string_to_array(p_domain, '.'))) level
        )
        AND ended_at IS NULL AND proven_at IS NOT NULL AND customer_id IS DISTINCT FROM p_customer
    ) THEN 'move'
    WHEN EXISTS (
        SELECT FROM provisioning_domainclaim
        WHERE lower(domain) = lower(p_domain) AND customer_id IS DISTINCT FROM p_customer
    ) THEN 'txt'
    ELSE 'records'
END;

-- Finds the other customer that has proven a domain or the nearest name above it: for the services that warn that
-- customer and end what it has, and for no page.
CREATE FUNCTION provisioning_domain_holder(p_domain text, p_customer bigint)
RETURNS TABLE (claim_id bigint, customer_id bigint, domain text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT c.id, c.customer_id, c.domain FROM provisioning_domainclaim c
    WHERE lower(c.domain) IN (
        SELECT array_to_string((string_to_array(lower(p_domain), '.'))[level:], '.')
        FROM generate_series(1, cardinality(string_to_array(p_domain, '.'))) level
    )
    AND c.ended_at IS NULL AND c.proven_at IS NOT NULL AND c.customer_id IS DISTINCT FROM p_customer
    ORDER BY length(c.domain) DESC LIMIT 1
$$;

-- Lists claims that nobody has proven and that have lapsed, or whose customer is to be warned that they will by p_soon.
CREATE FUNCTION provisioning_due_claims(p_at timestamptz, p_soon timestamptz)
RETURNS TABLE (claim_id bigint, customer_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT c.id, c.customer_id FROM provisioning_domainclaim c
    WHERE c.ended_at IS NULL AND c.proven_at IS NULL
      AND (c.lapses_at <= p_at OR (c.warned_at IS NULL AND c.lapses_at <= p_soon))
    ORDER BY c.id
$$;
REVOKE EXECUTE ON FUNCTION provisioning_domain_need(text, bigint), provisioning_domain_holder(text, bigint),
    provisioning_due_claims(timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION provisioning_domain_need(text, bigint), provisioning_domain_holder(text, bigint),
    provisioning_due_claims(timestamptz, timestamptz) TO app;
"""
DROP = """
DROP FUNCTION provisioning_due_claims(timestamptz, timestamptz);
DROP FUNCTION provisioning_domain_holder(text, bigint);
DROP FUNCTION provisioning_domain_need(text, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("provisioning", "0010_within_customer"),
        ("telephony", "0006_domain_within_customer"),
        ("tenancy", "0002_row_security"),
    ]

    operations = [
        migrations.CreateModel(
            name="DomainClaim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("domain", models.CharField(max_length=253, verbose_name="domain")),
                ("token", models.CharField(editable=False, max_length=64, unique=True)),
                ("claimed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("lapses_at", models.DateTimeField()),
                ("warned_at", models.DateTimeField(editable=False, null=True)),
                ("txt_since", models.DateTimeField(editable=False, null=True)),
                ("proven_at", models.DateTimeField(editable=False, null=True)),
                (
                    "proof",
                    models.CharField(
                        blank=True,
                        choices=[("records", "The records lead here"), ("txt", "A TXT record")],
                        max_length=8,
                    ),
                ),
                ("ended_at", models.DateTimeField(editable=False, null=True)),
                (
                    "end_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("lapsed", "Not proven in time"),
                            ("moved", "Moved to another customer"),
                            ("released", "Given back"),
                        ],
                        max_length=8,
                    ),
                ),
            ],
            options={
                "verbose_name": "claim on a domain",
                "verbose_name_plural": "claims on domains",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="domainclaim",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.customer"
            ),
        ),
        migrations.AddConstraint(
            model_name="domainclaim",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("domain"),
                condition=models.Q(("ended_at__isnull", True), ("proven_at__isnull", False)),
                name="one_proven_holder",
            ),
        ),
        migrations.AddConstraint(
            model_name="domainclaim",
            constraint=models.UniqueConstraint(
                models.F("customer"),
                django.db.models.functions.text.Lower("domain"),
                condition=models.Q(("ended_at__isnull", True)),
                name="one_claim_a_customer",
            ),
        ),
        Protect("DomainClaim"),
        migrations.RunSQL(FUNCTIONS, DROP),
    ]
