"""script/server as a person meets it: it starts everything, survives a kill, and stops with all it started."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stack import environment, ports
from stack.portal import status_of
from stack.postgres import Postgres

ROOT = Path(__file__).parents[2]
READY = "Ctrl-C stops everything"
REAL = ("Portal", "Worker", "Postgres", "Mail sink", "Knot DNS", "Unbound", "HAProxy", "Pebble", "Kamailio")


def clean_environment() -> dict[str, str]:
    """Return the environment of a person's terminal, which says nothing of the tests' own servers."""
    clean = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
    for name in ("MYFONE_ENVIRONMENT", "SECRET_KEY", "SECRETS_KEYS", "VAR_DIRECTORY", "PORTAL_URL"):
        clean.pop(name, None)
    return clean


class Terminal:
    """A running `python -m stack.server`, and what it has printed so far."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory, self.port = directory, port
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stack.server", "--directory", str(directory), "--port", str(port)],
            cwd=ROOT,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.text = ""

    def until(self, words: str, seconds: float = 300) -> str:
        """Read what is printed until these words come; fail when they do not."""
        timer = threading.Timer(seconds, self.process.kill)
        timer.start()
        assert self.process.stdout is not None
        try:
            for line in self.process.stdout:
                self.text += line
                if words in line:
                    return self.text
        finally:
            timer.cancel()
        pytest.fail(f"it ended without saying {words!r}:\n{self.text}")

    def end(self, sign: signal.Signals) -> int:
        self.process.send_signal(sign)
        return self.process.wait(120)


def family(directory: Path) -> list[psutil.Process]:
    """Return all processes that belong to a run directory, by their command line or settings."""
    mine = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if str(directory) in " ".join([*process.cmdline(), process.environ().get("MYFONE_RUN", "")]):
                mine.append(process)
    return mine


def demo_call(directory: Path, *options: str) -> str:
    """Let the demo's phones call through this machine's switch, and return what they say."""
    done = subprocess.run(
        [sys.executable, "manage.py", "demo_call", *options],
        cwd=ROOT,
        env=clean_environment() | {"MYFONE_ENVIRONMENT": str(directory / "environment")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture
def directory() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="myfone-server-"))
    place.chmod(0o755)
    yield place
    for process in family(place):
        process.kill()
    Postgres(place / "postgres").destroy()
    shutil.rmtree(place, ignore_errors=True)


def test_it_starts_everything_survives_a_kill_and_stops_with_all_it_started(directory: Path) -> None:
    port = ports.free_port()
    first = Terminal(directory, port)
    said = first.until(READY)
    for part in REAL:
        assert f"  {part}" in said
    assert "missing" not in said
    # Nobody's calls, and least of all those for help, leave a demo.
    assert [line.split()[:3] for line in said.splitlines() if "stand-in" in line] == [
        ["Public", "network", "stand-in"]
    ]
    assert "jonas@nordlystele.dk" in said
    assert status_of(port, "/ready") == 200
    assert status_of(port, "/static/css/base.css") == 200
    for asked, told in (
        (
            ["--to", "+4569142403"],
            ["Mette Hansen (203) rings: +4522334455 calls", "The caller +4522334455 talks"],
        ),
        (["--to", "203"], ["Nobody was rung: 203 is no number of the public network"]),
        (["--from", "203", "--to", "112"], ["Mette Hansen (203) talks", "Mette Hansen (203) hangs up"]),
    ):
        heard = demo_call(directory, *asked, "--answer", "0.2", "--seconds", "0.2")
        assert [line for line in told if line not in heard] == [], heard
    before = {process.pid for process in family(directory)} - {first.process.pid}
    assert len(before) > len(REAL)

    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    second = Terminal(directory, port)
    assert "Removed" in second.until(READY)
    assert status_of(port, "/ready") == 200
    # All but the database, which is used as it is, were replaced.
    kept = [process for process in family(directory) if process.pid in before]
    assert {process.name() for process in kept} == {"postgres"}

    refused = Terminal(directory, port)
    refused.until("runs already", seconds=20)
    assert refused.process.wait() == 1

    assert second.end(signal.SIGINT) == 0
    assert [process.cmdline() for process in family(directory)] == []
    assert status_of(port, "/ready") is None
    assert oct((directory / "environment").stat().st_mode & 0o777) == "0o600"
    assert environment.read(directory / "environment")["GATEWAY_ACME"] == "live"
