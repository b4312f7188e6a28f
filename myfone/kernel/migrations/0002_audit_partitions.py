"""Make the audit table: partitioned by month from the start, and only ever added to."""

from django.db import migrations

CREATE = """
CREATE TABLE kernel_auditentry (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT now(),
    customer_id bigint,
    reseller_id bigint,
    actor varchar(80) NOT NULL,
    action varchar(80) NOT NULL,
    object_kind varchar(80) NOT NULL,
    object_id varchar(80) NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE INDEX kernel_audit_of_customer ON kernel_auditentry (customer_id, at);
CREATE TABLE kernel_auditentry_rest PARTITION OF kernel_auditentry DEFAULT;
REVOKE UPDATE, DELETE ON kernel_auditentry, kernel_auditentry_rest FROM app;
REVOKE ALL ON kernel_auditentry_rest FROM app;

-- Makes the partitions from this month to `ahead` months later; the nightly job calls it.
CREATE FUNCTION kernel_ensure_partitions(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    month date;
    part text;
    made integer := 0;
BEGIN
    FOR step IN 0..ahead LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC')::date + make_interval(months => step);
        part := 'kernel_auditentry_' || to_char(month, 'YYYY_MM');
        IF to_regclass('public.' || part) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE public.%I PARTITION OF public.kernel_auditentry FOR VALUES FROM (%L) TO (%L)',
                part,
                month::timestamp AT TIME ZONE 'UTC',
                (month + interval '1 month')::timestamp AT TIME ZONE 'UTC'
            );
            EXECUTE format('REVOKE ALL ON public.%I FROM app', part);
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;
REVOKE EXECUTE ON FUNCTION kernel_ensure_partitions(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION kernel_ensure_partitions(integer) TO app;
SELECT kernel_ensure_partitions(3);
"""
DROP = """
DROP FUNCTION kernel_ensure_partitions(integer);
DROP TABLE kernel_auditentry;
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
