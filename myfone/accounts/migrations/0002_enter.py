"""Find out in one statement who a user is, and open their tenant."""

from django.db import migrations

CREATE = """
-- Opens the user's tenant for the running transaction; no row for a user who acts as nobody.
CREATE FUNCTION accounts_enter(
    p_user bigint, OUT role text, OUT reseller_id bigint, OUT customer_id bigint, OUT employee_id bigint
) RETURNS SETOF record
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    reached record;
BEGIN
    SELECT m.role, m.reseller_id, e.customer_id, e.id INTO role, reseller_id, customer_id, employee_id
    FROM accounts_membership m LEFT JOIN tenancy_employee e ON e.id = m.employee_id AND e.ended_at IS NULL
    WHERE m.user_id = p_user;
    IF NOT FOUND THEN
        PERFORM set_config('app.customers', '', true), set_config('app.resellers', '', true);
        RETURN;
    END IF;
    IF role IN ('provider_staff', 'reseller_staff') THEN
        SELECT * INTO reached FROM tenancy_reach(reseller_id);
        PERFORM set_config('app.customers', reached.customers::text, true),
                set_config('app.resellers', reached.resellers::text, true);
    ELSIF customer_id IS NULL THEN
        PERFORM set_config('app.customers', '', true), set_config('app.resellers', '', true);
        RETURN;
    ELSE
        PERFORM set_config('app.customers', ARRAY[customer_id]::text, true),
                set_config('app.resellers', '', true);
    END IF;
    RETURN NEXT;
END $$;
REVOKE EXECUTE ON FUNCTION accounts_enter(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_enter(bigint) TO app;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("tenancy", "0002_row_security")]
    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION accounts_enter(bigint)")]
