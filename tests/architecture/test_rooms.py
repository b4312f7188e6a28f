"""The house keeps its shape."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("myfone", "telephony", "billing", "provisioning", "demo", "stack")
LONGEST = 400
MAY_LIFT_THE_GUARD = {
    "myfone/tenancy/scoping.py",  # the base class itself
    "myfone/tenancy/context.py",  # re-exports it
    "demo/management/commands/seed_demo.py",
}


def files(*folders: str, migrations: bool = False) -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.split():
        if name.split("/")[0] in folders and (migrations or "/migrations/" not in name):
            yield ROOT / name


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_no_room_is_called_utils() -> None:
    bad = {"utils.py", "helpers.py", "common.py", "misc.py"}
    assert not [str(path) for path in files(*APPS, "tests") if path.name in bad]


def test_no_file_grows_past_what_one_reads() -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in files(*APPS, "tests")
        if (n := len(p.read_text().splitlines())) > LONGEST
    }
    assert not long


def test_rules_know_no_framework() -> None:
    for path in files(*APPS):
        if "rules" in path.parts or path.name == "rules.py":
            known = {name.split(".")[0] for name in imports(path)}
            assert not known & {"django", "rest_framework", "dns", "acme"}, path


def test_each_place_that_lifts_the_guard_is_known() -> None:
    lifting = {
        str(path.relative_to(ROOT))
        for path in files(*APPS, migrations=True)
        if any(
            isinstance(node, ast.Call) and getattr(node.func, "id", "") == "unscoped"
            for node in ast.walk(ast.parse(path.read_text()))
        )
    }
    assert lifting <= MAY_LIFT_THE_GUARD


@pytest.mark.parametrize("signal", [pre_save, post_save, pre_delete, post_delete])
def test_no_receiver_of_ours_hides_behind_saving(signal) -> None:
    ours = [
        receiver
        for model in apps.get_models()
        for group in signal._live_receivers(model)
        for receiver in group
        if receiver.__module__.split(".")[0] in APPS
    ]
    assert ours == []


def test_every_index_of_a_tenant_is_led_by_the_tenant_or_narrower() -> None:
    """An index that begins with the customer, one employee, one setup or something unique stays small per tenant.

    So does one of what is still to be done, which a job reads over all tenants.
    """
    from myfone.tenancy.scoping import TenantOwned

    narrow = {"customer", "employee", "setup", "order", "reseller", "sip_domain"}
    for model in apps.get_models():
        if issubclass(model, TenantOwned):
            for index in model._meta.indexes:
                if index.condition is not None and "told_at" in str(index.condition):
                    continue
                first = index.fields[0] if index.fields else index.expressions[0].name
                assert first.lstrip("-") in narrow, f"{model.__name__}.{index.name}"


LAYER = ["kernel", "tenancy", "accounts", "telephony", "billing", "provisioning"]


def test_sql_functions_call_down_too(db: None) -> None:
    """A function of an app names only tables and functions of its own and lower apps."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.proname, p.prosrc || coalesce(pg_get_function_sqlbody(p.oid), '') FROM pg_proc p"
            " JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang"
            " WHERE n.nspname IN ('public', 'switch') AND l.lanname IN ('sql', 'plpgsql')"
        )
        functions = cursor.fetchall()
    assert functions
    for name, body in functions:
        own = next((app for app in LAYER if name.startswith(app + "_")), "telephony")
        for app in LAYER[LAYER.index(own) + 1 :]:
            assert f"{app}_" not in body, f"{name} knows of {app}"


def test_every_definer_function_fixes_where_it_looks(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname IN ('public', 'switch', 'kam') AND p.prosecdef"
            " AND NOT coalesce(array_to_string(p.proconfig, ',') LIKE '%search_path=%', false)"
        )
        assert cursor.fetchall() == []


def test_nobody_gets_a_function_by_default(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname IN ('public', 'switch') AND has_function_privilege('public', p.oid, 'EXECUTE')"
            " AND p.probin IS NULL"
        )
        assert cursor.fetchall() == []


def test_the_switch_compares_what_a_function_returned_only_once_it_is_assigned() -> None:
    # Within a comparison Kamailio makes 1 or 0 of it: "f() < 0" never holds, and no fault is ever seen.
    function = r"(?<![$\w])[a-z]\w+\((?:[^()]|\([^()]*\))*\)"
    compared = re.compile(rf"(?<!\w)(?:if|while) ?\(.*{function} *(?:[<>]=?|[=!]=) *-?\d")
    found = [
        f"{path.name}:{number}"
        for path in sorted((ROOT / "deploy").glob("kamailio*.cfg"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        # What stands in quotes or after a dollar is no function.
        if compared.search(re.sub(r'"[^"]*"', '""', line).replace("> 0", ""))
    ]
    assert found == []


def test_a_page_never_locks_what_calls_refer_to() -> None:
    # FOR UPDATE keeps others from referring to a row, so a web process that hangs would keep calls from being told.
    locks = re.compile(r"select_for_update\((?:[^()]|\([^()]*\))*\)")
    found = [
        f"{path.name}: {lock.group(0)}"
        for path in (*files("telephony"), ROOT / "provisioning" / "services" / "staffing.py")
        for lock in locks.finditer(path.read_text())
        if "no_key=True" not in lock.group(0)
    ]
    assert found == []
