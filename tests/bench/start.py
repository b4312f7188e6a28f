"""Measure `cold_start`: from an empty data directory to the first page with demo data.

Packages are installed. The reference is what nobody can leave out: initdb, starting Postgres, and importing Django
with this project's settings. Both are measured in turn, five times, because the machine's load drifts; the figure
is the median of the five ratios. Processor time counts every child that has ended.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from stack import environment, ports
from stack.portal import status_of
from stack.postgres import Postgres

ROOT = Path(__file__).parents[2]
ROUNDS = 5
LIMIT = 300.0  # seconds for one start
IMPORT = "import django; django.setup()"


def ours(directory: Path) -> None:
    """Start everything and return at the first 200; then stop it, outside the clock."""
    port = ports.free_port()
    command = [sys.executable, "-m", "stack.server", "--directory", str(directory), "--port", str(port)]
    with open(directory / "output", "w") as output:
        server = subprocess.Popen(command, cwd=ROOT, env=plain(), stdout=output, stderr=subprocess.STDOUT)
    end = time.monotonic() + LIMIT
    # Portal and demo data come up side by side: the database counts as ready when its tables are complete, which
    # /ready says, and the server touches this file only when the people have been written as well.
    while not (directory / "prepared").exists() or status_of(port, "/account/login/") != 200:
        if server.poll() is not None or time.monotonic() > end:
            server.kill()
            raise SystemExit((directory / "output").read_text())
        time.sleep(0.01)

    def stop() -> None:
        with psycopg.connect(Postgres(directory / "postgres").start().superuser_url("myfone")) as database:
            row = database.execute("SELECT count(*) FROM tenancy_employee").fetchone()
        assert row is not None
        assert row[0] >= 24, "a start without demo data does not count"
        server.send_signal(signal.SIGINT)
        server.wait(60)

    ours.stop = stop  # type: ignore[attr-defined]


def reference(directory: Path) -> None:
    """Do what cannot be left out."""
    server = Postgres(directory / "postgres").start()
    settings = {
        "DATABASE_URL": server.url("myfone", "app", "app"),
        "SECRET_KEY": "bench",
        "SECRETS_KEYS": environment.kept_secrets({})["SECRETS_KEYS"],
        "DEMO": "yes",
        "MYFONE_ENVIRONMENT": os.devnull,
        "DJANGO_SETTINGS_MODULE": "myfone.config.settings",
    }
    subprocess.run([sys.executable, "-c", IMPORT], cwd=ROOT, env=plain() | settings, check=True)
    reference.stop = server.stop  # type: ignore[attr-defined]


def plain() -> dict[str, str]:
    """Return the environment without this project's settings."""
    ours_alone = {
        *environment.kept_secrets({}),
        "DATABASE_URL",
        "MIGRATOR_DATABASE_URL",
        "MYFONE_ENVIRONMENT",
    }
    return {name: value for name, value in os.environ.items() if name not in ours_alone}


def measure(what: Callable[[Path], None]) -> tuple[float, float]:
    """Return the seconds on the clock until `what` returns, and of processor time until all of it has ended."""
    directory = Path(tempfile.mkdtemp(prefix="myfone-bench-"))
    directory.chmod(0o755)
    used = processor_time()
    begun = time.perf_counter()
    try:
        what(directory)
        took = time.perf_counter() - begun
        what.stop()  # type: ignore[attr-defined]
        return took, processor_time() - used
    finally:
        Postgres(directory / "postgres").destroy()
        shutil.rmtree(directory, ignore_errors=True)


def processor_time() -> float:
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both)


def main() -> None:
    rounds = [(measure(ours), measure(reference)) for _ in range(ROUNDS)]
    print(
        json.dumps(
            {
                "name": "cold_start",
                "ours": round(statistics.median(one[0] for one, _ in rounds), 2),
                "reference": round(statistics.median(other[0] for _, other in rounds), 2),
                "ratio": round(statistics.median(one[0] / other[0] for one, other in rounds), 2),
                "unit": "s",
                "cpu_ours": round(statistics.median(one[1] for one, _ in rounds), 2),
                "cpu_reference": round(statistics.median(other[1] for _, other in rounds), 2),
                "rounds": [[round(one[0], 2), round(other[0], 2)] for one, other in rounds],
            }
        )
    )


if __name__ == "__main__":
    main()
