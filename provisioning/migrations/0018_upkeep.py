"""Look at domains in use for good: a row for each, with the time of its next look."""

import django.db.models.deletion
from django.db import migrations, models

from myfone.tenancy.rls import Protect, WithinCustomer

FUNCTIONS = """
-- Of all tenants, since it serves them all: what is due is found by time. Rows that nobody looks at are not in it.
CREATE INDEX upkeep_due ON provisioning_upkeep (next_at) WHERE next_at IS NOT NULL;

-- Gives each domain in use that has none its row, the first looks spread over an hour; says how many.
CREATE FUNCTION provisioning_open_upkeep(p_at timestamptz) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH opened AS (
        INSERT INTO provisioning_upkeep (customer_id, setup_id, next_at)
        SELECT s.customer_id, s.id, p_at + (s.id * 7919 % 3600) * interval '1 second'
        FROM provisioning_setup s
        WHERE s.live_at IS NOT NULL AND s.ended_at IS NULL
          AND NOT EXISTS (SELECT FROM provisioning_upkeep u WHERE u.setup_id = s.id)
        ON CONFLICT (setup_id) DO NOTHING
        RETURNING 1
    )
    SELECT count(*) FROM opened
$$;

-- Takes the domains whose look is due, those waiting longest first, until the lease; several workers never get the
-- same. A domain whose setup has ended is not looked at again.
CREATE FUNCTION provisioning_take_upkeep(p_at timestamptz, p_lease timestamptz, p_most integer)
RETURNS TABLE (upkeep_id bigint, customer_id bigint, domain text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH due AS (
        SELECT u.id FROM provisioning_upkeep u WHERE u.next_at <= p_at
        ORDER BY u.next_at LIMIT p_most FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE provisioning_upkeep u
        SET next_at = CASE WHEN s.ended_at IS NULL THEN p_lease END,
            taken_until = CASE WHEN s.ended_at IS NULL THEN p_lease END
        FROM due, provisioning_setup s WHERE u.id = due.id AND s.id = u.setup_id
        RETURNING u.id, u.customer_id, s.domain, u.next_at
    )
    SELECT id, customer_id, domain FROM taken WHERE next_at IS NOT NULL ORDER BY id
$$;
REVOKE EXECUTE ON FUNCTION provisioning_open_upkeep(timestamptz),
    provisioning_take_upkeep(timestamptz, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION provisioning_open_upkeep(timestamptz),
    provisioning_take_upkeep(timestamptz, timestamptz, integer) TO app;
"""
DROP = """
DROP FUNCTION provisioning_take_upkeep(timestamptz, timestamptz, integer);
DROP FUNCTION provisioning_open_upkeep(timestamptz);
DROP INDEX upkeep_due;
"""


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0017_several_domains"), ("tenancy", "0002_row_security")]

    operations = [
        migrations.CreateModel(
            name="Upkeep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("next_at", models.DateTimeField(null=True)),
                ("taken_until", models.DateTimeField(null=True)),
                ("looked_at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("doubted_at", models.DateTimeField(null=True)),
                ("broken_at", models.DateTimeField(null=True)),
                ("verdict", models.JSONField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.customer"
                    ),
                ),
                (
                    "setup",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="upkeep",
                        to="provisioning.setup",
                    ),
                ),
            ],
            options={"abstract": False, "base_manager_name": "objects"},
        ),
        Protect("Upkeep"),
        WithinCustomer("Upkeep", "setup_id", "provisioning_setup"),
        migrations.RunSQL(FUNCTIONS, DROP),
    ]
