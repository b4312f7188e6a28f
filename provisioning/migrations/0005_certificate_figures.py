"""Count certificates over all tenants, for those who watch the platform."""

from django.db import migrations

FUNCTIONS = """
-- Counts certificates in use, those of them that should long be renewed (under a quarter of the life left), and
-- those that something stops for good.
CREATE FUNCTION provisioning_certificate_figures(p_at timestamptz)
RETURNS TABLE (in_use bigint, late bigint, stopped bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT count(*) FILTER (WHERE c.step = 'confirmed'),
           count(*) FILTER (WHERE c.step = 'confirmed' AND p_at > c.not_after - (c.not_after - c.not_before) / 4),
           count(*) FILTER (WHERE (c.fault ->> 'permanent')::boolean)
    FROM provisioning_certificate c JOIN provisioning_setup s ON s.id = c.setup_id
    WHERE c.ended_at IS NULL AND s.ended_at IS NULL
$$;
REVOKE EXECUTE ON FUNCTION provisioning_certificate_figures(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION provisioning_certificate_figures(timestamptz) TO app;
"""


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0004_certificate_answered")]
    operations = [
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION provisioning_certificate_figures(timestamptz)"),
    ]
