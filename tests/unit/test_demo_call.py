"""What script/call says to a newcomer: how it is used, what has to run first, and why a number reached nobody."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from demo.calling import unknown

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ("SECRET_KEY", "DATABASE_URL", "SECRETS_KEYS", "DEMO")


def script_call(place: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run script/call as in a clone where script/server never ran."""
    env = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    env["MYFONE_ENVIRONMENT"] = str(place / "environment")
    return subprocess.run(
        ["sh", str(ROOT / "script" / "call"), *options],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_help_needs_no_server_and_all_else_says_that_it_must_run_first(tmp_path: Path) -> None:
    told = script_call(tmp_path, "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert "--from 203 --to 204" in " ".join(told.stdout.split())
    refused = script_call(tmp_path, "--to", "+4569142403")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Start script/server first" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_number_that_nobody_has_is_said_with_one_that_works() -> None:
    assert "203 is no number of the public network" in unknown("outside", "203")
    assert "+4569142403" in unknown("outside", "203")
    assert "--from" in unknown("outside", "203")
    assert unknown("outside", "+4569149999") == "no direct number +4569149999 leads anywhere here"
    assert unknown("203", "299") == "nobody in the company has 299"
