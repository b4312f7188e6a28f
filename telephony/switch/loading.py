"""Bring the SQL files of the switch into the database, as migration operations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db.migrations.operations.base import Operation

FOLDER = Path(__file__).parent
#: Functions that older migrations name and later ones drop: they are not made for that.
GONE = {"record_ends"}


def definition(name: str) -> str:
    """Return the statements that create a function or view, or replace it."""
    return (FOLDER / "sql" / f"{name}.sql").read_text()


def definitions() -> list[str]:
    """Return the names of all functions and views, in alphabetical order."""
    return sorted(path.stem for path in (FOLDER / "sql").glob("*.sql"))


class Tables(Operation):
    """Create a schema of the switch with its tables, from a file that is never changed afterwards.

    Later files add to a schema that is there; `undo` is the statement that takes back what they added.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, name: str, schema: str, *, undo: str = "") -> None:
        self.name, self.schema, self.undo = name, schema, undo

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return ("Tables", [self.name, self.schema], {"undo": self.undo} if self.undo else {})

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing that Django's state knows of."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        schema_editor.execute((FOLDER / "tables" / f"{self.name}.sql").read_text(), params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        schema_editor.execute(self.undo or f"DROP SCHEMA {self.schema} CASCADE", params=None)

    def describe(self) -> str:
        return f"Create {self.name} in the schema {self.schema}"


class Replace(Operation):
    """Create functions and views of the switch from their files, or replace them by what the files say now.

    A function whose arguments change needs a DROP before it, or the old one stays beside the new one.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, *names: str) -> None:
        self.names = names

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return ("Replace", list(self.names), {})

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing that Django's state knows of."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        # Files say what holds today, and may name tables that a later migration of an empty database makes.
        schema_editor.execute("SET LOCAL check_function_bodies = off")
        for name in self.names:
            if name not in GONE:
                schema_editor.execute(definition(name), params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Leave them: the schema that holds them goes with its own migration."""

    def describe(self) -> str:
        return f"Load {', '.join(self.names)} of the switch"
