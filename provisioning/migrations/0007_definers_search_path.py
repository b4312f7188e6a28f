"""Let functions that run with their owner's rights look for tables among temporary ones last of all.

Where pg_temp is not named, it is searched first: a temporary table could stand in for one of ours.
"""

from django.db import migrations

CLOSE = """
DO $$
DECLARE
    definer regprocedure;
BEGIN
    FOR definer IN
        SELECT oid::regprocedure FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, public, pg_temp', definer);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("provisioning", "0006_names_below"),
        ("accounts", "0002_enter"),
        ("kernel", "0002_audit_partitions"),
        ("tenancy", "0002_row_security"),
    ]
    operations = [migrations.RunSQL(CLOSE, migrations.RunSQL.noop)]
