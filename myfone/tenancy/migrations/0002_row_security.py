"""Put row-level security below the guarded query."""

from django.db import migrations

from myfone.tenancy.rls import CUSTOMERS, RESELLERS, Protect, protect

FUNCTIONS = """
CREATE FUNCTION opened_customers() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.customers', true), '')::bigint[];
CREATE FUNCTION opened_resellers() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.resellers', true), '')::bigint[];

-- Lists what reseller staff reach; without a reseller, what provider staff reach: everything.
CREATE FUNCTION tenancy_reach(p_reseller bigint, OUT customers bigint[], OUT resellers bigint[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT
        ARRAY(SELECT id FROM tenancy_customer WHERE p_reseller IS NULL OR reseller_id = p_reseller),
        CASE WHEN p_reseller IS NULL THEN array_prepend(0::bigint, ARRAY(SELECT id FROM tenancy_reseller))
             ELSE ARRAY[p_reseller] END
$$;
REVOKE EXECUTE ON FUNCTION opened_customers(), opened_resellers(), tenancy_reach(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION opened_customers(), opened_resellers() TO app, switch_owner, backup;
GRANT EXECUTE ON FUNCTION tenancy_reach(bigint) TO app;
"""
DROP = """
DROP FUNCTION tenancy_reach(bigint);
DROP FUNCTION opened_customers();
DROP FUNCTION opened_resellers();
"""
OF_CUSTOMER_OR_NOBODY = f"customer_id IS NULL OR customer_id = ANY ({CUSTOMERS})"
# Among the opened resellers, 0 stands for the provider, who may add resellers.
PLATFORM = f"0 = ANY ({RESELLERS})"


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial"), ("kernel", "0002_audit_partitions")]
    operations = [
        migrations.RunSQL(FUNCTIONS, DROP),
        Protect(
            "Reseller",
            visible=f"id = ANY ({RESELLERS}) OR {PLATFORM}"
            f" OR id IN (SELECT reseller_id FROM tenancy_customer WHERE id = ANY ({CUSTOMERS}))",
            writable=f"id = ANY ({RESELLERS}) OR {PLATFORM}",
        ),
        Protect(
            "Customer",
            visible=f"id = ANY ({CUSTOMERS}) OR reseller_id = ANY ({RESELLERS}) OR {PLATFORM}",
            writable=f"reseller_id = ANY ({RESELLERS}) OR {PLATFORM}",
            switch_reads=True,
        ),
        Protect("Employee", switch_reads=True),
        migrations.RunSQL(
            [
                *protect("kernel_outboxmail", visible=OF_CUSTOMER_OR_NOBODY),
                *protect(
                    "kernel_auditentry",
                    visible=f"customer_id = ANY ({CUSTOMERS}) OR reseller_id = ANY ({RESELLERS})",
                    writable="true",
                ),
            ],
            migrations.RunSQL.noop,
        ),
    ]
