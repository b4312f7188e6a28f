"""Plan certificates by candidates: what may be due is found here, what is due is said by a rule."""

from django.db import migrations, models

FUNCTIONS = """
-- Lists verified setups that may need a certificate now: without one, or with half of its life gone or the moment
-- reached that the authority named; with the fault of the one in the making, and whether its job is idle.
CREATE FUNCTION provisioning_certificate_candidates(p_at timestamptz)
RETURNS TABLE (
    setup_id bigint, customer_id bigint, not_before timestamptz, not_after timestamptz, renew_at timestamptz,
    wanted boolean, idle boolean, fault jsonb
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT s.id, s.customer_id, held.not_before, held.not_after, held.renew_at, making.id IS NOT NULL,
           making.id IS NULL OR job.id IS NULL OR job.done_at IS NOT NULL OR job.failed_at IS NOT NULL,
           making.fault
    FROM provisioning_setup s
    LEFT JOIN LATERAL (
        SELECT c.not_before, c.not_after, c.renew_at FROM provisioning_certificate c
        WHERE c.setup_id = s.id AND c.ended_at IS NULL AND c.step = 'confirmed'
        ORDER BY c.not_after DESC LIMIT 1
    ) held ON true
    LEFT JOIN provisioning_certificate making
        ON making.setup_id = s.id AND making.ended_at IS NULL AND making.step <> 'confirmed'
    LEFT JOIN kernel_job job ON job.key = 'certificate:' || making.public_id
    WHERE s.ended_at IS NULL AND s.dns_verified_at IS NOT NULL
      AND (held.not_after IS NULL OR making.id IS NOT NULL OR p_at >= held.renew_at
           OR p_at >= held.not_after - (held.not_after - held.not_before) / 2)
$$;
-- Counts orders that went out since an instant, over all tenants: they share one account.
CREATE FUNCTION provisioning_certificate_orders_since(p_since timestamptz) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
RETURN (SELECT count(*) FROM provisioning_certificate WHERE last_order_at > p_since);
-- Lists certificates in use whose renewal window is to be asked for, those waiting longest first.
CREATE FUNCTION provisioning_certificate_windows(p_at timestamptz, p_most integer)
RETURNS TABLE (certificate_id bigint, customer_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT c.id, c.customer_id FROM provisioning_certificate c JOIN provisioning_setup s ON s.id = c.setup_id
    WHERE c.ended_at IS NULL AND c.step = 'confirmed' AND s.ended_at IS NULL AND p_at < c.not_after
      AND (c.window_next_at IS NULL OR c.window_next_at <= p_at)
    ORDER BY c.window_next_at NULLS FIRST, c.id LIMIT p_most
$$;
REVOKE EXECUTE ON FUNCTION provisioning_certificate_candidates(timestamptz),
    provisioning_certificate_orders_since(timestamptz),
    provisioning_certificate_windows(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION provisioning_certificate_candidates(timestamptz),
    provisioning_certificate_orders_since(timestamptz),
    provisioning_certificate_windows(timestamptz, integer) TO app;
"""
DROP = """
DROP FUNCTION provisioning_certificate_windows(timestamptz, integer);
DROP FUNCTION provisioning_certificate_orders_since(timestamptz);
DROP FUNCTION provisioning_certificate_candidates(timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("provisioning", "0014_reminders"),
        ("kernel", "0003_attempts"),
    ]
    operations = [
        migrations.AddField("certificate", "last_order_at", models.DateTimeField(null=True)),
        migrations.AddField("acmeaccount", "busy_until", models.DateTimeField(null=True)),
        migrations.RunSQL(FUNCTIONS, DROP),
    ]
