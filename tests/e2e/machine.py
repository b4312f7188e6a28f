"""A whole machine as `script/server` starts it: nothing of the product is replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest

from stack import environment, ports

ROOT = Path(__file__).resolve().parents[2]
DAEMONS = {
    "postgres": "postgres",
    "kamailio": "kamailio",
    "haproxy": "haproxy",
    "knot": "knotd",
    "unbound": "unbound",
    "pebble": "pebble",
}


@dataclass
class Running:
    """What runs, and how to look behind it."""

    directory: Path
    url: str
    output: list[str]

    @property
    def settings(self) -> dict[str, str]:
        """The settings that the portal's processes found."""
        return environment.read(self.directory / "environment")

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the database past all protection."""
        url = self.settings["ADMIN_DATABASE_URL"].rsplit("/", 1)[0] + "/myfone"
        with psycopg.connect(url) as database:
            return database.execute(statement, values).fetchall()

    def daemon(self, name: str) -> psutil.Process:
        """Return the running process of a server, checked to be the program that it is called after."""
        process = psutil.Process(self._postmaster() if name == "postgres" else self._noted(name))
        assert process.is_running()
        assert DAEMONS[name] in Path(process.exe()).name, process.exe()
        return process

    def _noted(self, name: str) -> int:
        return int((self.directory / name / f"{name}.service").read_text().split()[0])

    def _postmaster(self) -> int:
        with psycopg.connect(self.settings["ADMIN_DATABASE_URL"]) as database:
            (backend,) = database.execute("SELECT pg_backend_pid()").fetchone()
            return psutil.Process(backend).ppid()


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Start everything in an empty directory, and see that Ctrl-C leaves nothing behind."""
    directory = tmp_path_factory.mktemp("machine")
    port = ports.free_port("127.0.0.1")
    # As from a shell that knows nothing of the tests' database.
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [sys.executable, "-m", "stack.server", "--port", str(port), "--directory", str(directory)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    output: list[str] = []
    ready = threading.Event()

    def listen() -> None:
        assert process.stdout
        for line in process.stdout:
            output.append(line)
            if "Ready after" in line:
                ready.set()
        ready.set()

    threading.Thread(target=listen, daemon=True).start()
    try:
        assert ready.wait(300), "".join(output)
        assert process.poll() is None, "".join(output)
        yield Running(directory, f"http://localhost:{port}", output)
    finally:
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.send_signal(signal.SIGINT)
        try:
            process.wait(120)
        finally:
            _, alive = psutil.wait_procs(children, timeout=20)
            for child in alive:
                child.kill()
    assert process.returncode == 0, "".join(output)
    assert alive == [], "Ctrl-C left these behind"
