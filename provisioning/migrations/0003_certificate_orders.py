"""Remember that an order went out, and tell anybody whether a domain is in use."""

from django.db import migrations, models

FUNCTIONS = """
-- Says whether clients of a domain are served here; clients ask before they have signed in.
CREATE FUNCTION provisioning_domain_live(p_domain text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
RETURN EXISTS (
    SELECT FROM provisioning_setup
    WHERE lower(domain) = lower(p_domain) AND ended_at IS NULL AND live_at IS NOT NULL
);
REVOKE EXECUTE ON FUNCTION provisioning_domain_live(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION provisioning_domain_live(text) TO app;
"""


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0002_row_security")]
    operations = [
        migrations.AddField("certificate", "order_sent_at", models.DateTimeField(null=True)),
        migrations.AlterField("certificate", "order_url", models.CharField(blank=True, max_length=500)),
        migrations.AlterField("acmeaccount", "account_url", models.CharField(blank=True, max_length=500)),
        migrations.AlterField("acmeaccount", "directory_url", models.CharField(max_length=500, unique=True)),
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION provisioning_domain_live(text)"),
    ]
