"""Put row-level security on a model's table, as a migration operation."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation

CUSTOMERS = "(SELECT opened_customers())::bigint[]"
RESELLERS = "(SELECT opened_resellers())::bigint[]"
OF_CUSTOMER = f"customer_id = ANY ({CUSTOMERS})"


class Protect(Operation):
    """Let the portal's role see and write the rows of opened tenants only.

    visible and writable are SQL conditions on a row. switch_reads lets the owner of the switch's functions read it.
    customer_or_nobody also admits rows that belong to no customer.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(
        self,
        model: str,
        *,
        visible: str = OF_CUSTOMER,
        writable: str | None = None,
        switch_reads: bool = False,
        customer_or_nobody: bool = False,
    ) -> None:
        self.model = model
        self.visible = f"customer_id IS NULL OR {visible}" if customer_or_nobody else visible
        self.writable = writable or self.visible
        self.switch_reads = switch_reads

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (
            "Protect",
            [self.model],
            {"visible": self.visible, "writable": self.writable, "switch_reads": self.switch_reads},
        )

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing that Django's state knows of."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        for statement in protect(
            table, visible=self.visible, writable=self.writable, switch_reads=self.switch_reads
        ):
            schema_editor.execute(statement)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = from_state.apps.get_model(app_label, self.model)._meta.db_table
        for policy in ("opened", "migrator", "switch"):
            schema_editor.execute(f"DROP POLICY IF EXISTS {policy} ON {table}")
        schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")

    def describe(self) -> str:
        return f"Protect {self.model} by row-level security"


def protect(
    table: str, *, visible: str = OF_CUSTOMER, writable: str | None = None, switch_reads: bool = False
) -> list[str]:
    """Return the statements that protect a table.

    The migrator gets a policy of its own: under FORCE its data migrations would update no row and say nothing.
    """
    statements = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY opened ON {table} TO app USING ({visible}) WITH CHECK ({writable or visible})",
        f"CREATE POLICY migrator ON {table} TO migrator USING (true) WITH CHECK (true)",
    ]
    if switch_reads:
        statements += [
            f"CREATE POLICY switch ON {table} TO switch_owner USING (true)",
            f"GRANT SELECT ON {table} TO switch_owner",
        ]
    return statements


def _same_customer(table: str, column: str) -> str:
    return f"{table}_{column}_same_customer"


class WithinCustomer(Operation):
    """Hold a foreign key within one customer: row-level security does not look behind foreign keys.

    The table needs a customer_id column, and the table pointed at a unique key on (customer_id, id). On a table that
    is in use, add it with validated=False, which looks at new rows alone, and `Validate` it in the next migration.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, model: str, column: str, target: str, *, validated: bool = True) -> None:
        self.model, self.column, self.target, self.validated = model, column, target, validated

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return ("WithinCustomer", [self.model, self.column, self.target], {"validated": self.validated})

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing that Django's state knows of."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        schema_editor.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {_same_customer(table, self.column)}"
            f" FOREIGN KEY (customer_id, {self.column}) REFERENCES {self.target} (customer_id, id)"
            " DEFERRABLE INITIALLY DEFERRED"
            f"{'' if self.validated else ' NOT VALID'}"
        )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = from_state.apps.get_model(app_label, self.model)._meta.db_table
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {_same_customer(table, self.column)}")

    def describe(self) -> str:
        return f"Keep {self.column} of {self.model} within its customer"


class Validate(Operation):
    """Hold the rows that are there already against a `WithinCustomer`; reads and writes go on meanwhile."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model: str, column: str) -> None:
        self.model, self.column = model, column

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return ("Validate", [self.model, self.column], {})

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing that Django's state knows of."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {_same_customer(table, self.column)}")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Leave it validated: what holds does no harm."""

    def describe(self) -> str:
        return f"Check that {self.column} of {self.model} is within its customer"
