"""Protect how a customer gets the product; ask what spans tenants of definer functions alone."""

from django.db import migrations

from myfone.tenancy.rls import Protect

FUNCTIONS = """
-- Says whether a domain is in use by another customer; it does not say by whom.
CREATE FUNCTION provisioning_domain_taken(p_domain text, p_customer bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
RETURN EXISTS (
    SELECT FROM provisioning_setup
    WHERE lower(domain) = lower(p_domain) AND ended_at IS NULL AND customer_id IS DISTINCT FROM p_customer
) OR EXISTS (
    SELECT FROM telephony_sipdomain
    WHERE lower(name) = lower(p_domain) AND ended_at IS NULL AND customer_id IS DISTINCT FROM p_customer
);

-- Lists setups that need a certificate tonight: verified and without one, or with one that runs out by p_before.
CREATE FUNCTION provisioning_due_certificates(p_at timestamptz)
RETURNS TABLE (setup_id bigint, customer_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT s.id, s.customer_id FROM provisioning_setup s
    WHERE s.ended_at IS NULL AND s.dns_verified_at IS NOT NULL
      AND NOT EXISTS (
        SELECT FROM provisioning_certificate c
        WHERE c.setup_id = s.id AND c.ended_at IS NULL AND c.step = 'confirmed'
          AND p_at < c.not_after - (c.not_after - c.not_before) / 3
      )
    ORDER BY s.id
$$;
REVOKE EXECUTE ON FUNCTION provisioning_domain_taken(text, bigint),
    provisioning_due_certificates(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION provisioning_domain_taken(text, bigint),
    provisioning_due_certificates(timestamptz) TO app;
"""
DROP = """
DROP FUNCTION provisioning_due_certificates(timestamptz);
DROP FUNCTION provisioning_domain_taken(text, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("provisioning", "0001_initial"),
        ("tenancy", "0002_row_security"),
        ("telephony", "0002_row_security"),
    ]
    operations = [
        Protect("Order"),
        Protect("Setup"),
        Protect("StageConfirmation"),
        Protect("DnsWatch"),
        Protect("Certificate"),
        migrations.RunSQL(FUNCTIONS, DROP),
    ]
