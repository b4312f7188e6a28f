"""Keep names below a customer's proven domain for that customer."""

from django.db import migrations

FUNCTION = """
-- Says whether a domain is in use by another customer, or lies below one that another customer has proven to be
-- theirs; it does not say by whom. A claim without proof keeps its own name alone.
CREATE OR REPLACE FUNCTION provisioning_domain_taken(p_domain text, p_customer bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
RETURN EXISTS (
    SELECT FROM provisioning_setup
    WHERE lower(domain) = lower(p_domain) AND ended_at IS NULL AND customer_id IS DISTINCT FROM p_customer
) OR EXISTS (
    SELECT FROM telephony_sipdomain
    WHERE lower(name) = lower(p_domain) AND ended_at IS NULL AND customer_id IS DISTINCT FROM p_customer
) OR EXISTS (
    SELECT FROM provisioning_setup
    WHERE lower(domain) IN (
        SELECT array_to_string((string_to_array(lower(p_domain), '.'))[level:], '.')
        FROM generate_series(2, cardinality(string_to_array(p_domain, '.'))) level
    )
    AND ended_at IS NULL AND dns_verified_at IS NOT NULL AND customer_id IS DISTINCT FROM p_customer
);
"""


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0005_certificate_figures")]
    operations = [migrations.RunSQL(FUNCTION, migrations.RunSQL.noop)]
