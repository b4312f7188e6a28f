"""Run the product's own processes: the portal under Granian, and the worker with its watchdog."""

from __future__ import annotations

import http.client
import sys
from pathlib import Path

from stack.process import Service

ROOT = Path(__file__).resolve().parents[1]


def portal_command(port: int, workers: int = 2) -> list[str]:
    """Return the command line of the portal on 127.0.0.1."""
    # WSGI, not ASGI: synchronous pages cost up to twice the processor time there (docs/operations.md).
    return [
        str(Path(sys.executable).parent / "granian"),
        *("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", "4", "--no-ws", "--log-level", "warning"),
        "myfone.config.wsgi:application",
    ]


def live_command(port: int) -> list[str]:
    """Return the command line of the process of streams on 127.0.0.1."""
    return [
        *(sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(port), "--ws", "none"),
        *("--log-level", "warning", "--no-access-log", "--timeout-graceful-shutdown", "1"),
        "myfone.config.live:application",
    ]


def worker_command() -> list[str]:
    """Return the command line of the worker."""
    return [sys.executable, "manage.py", "work"]


def status_of(port: int, path: str, timeout: float = 5.0) -> int | None:
    """Return the status of a GET from the portal, or None when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class Portal(Service):
    """Serve the pages on a port of 127.0.0.1, with the settings of one environment file."""

    name = "portal"
    deadline = 60.0

    def __init__(self, directory: Path, settings: Path, port: int) -> None:
        super().__init__(directory, env={"MYFONE_ENVIRONMENT": str(settings)}, cwd=ROOT)
        self.port = port

    def arguments(self) -> list[str]:
        return portal_command(self.port)

    def check(self) -> bool:
        return status_of(self.port, "/ready") == 200


class Worker(Service):
    """Do the jobs, with the settings of one environment file."""

    name = "worker"

    def __init__(self, directory: Path, settings: Path) -> None:
        super().__init__(directory, env={"MYFONE_ENVIRONMENT": str(settings)}, cwd=ROOT)

    def arguments(self) -> list[str]:
        return worker_command()

    def check(self) -> bool:
        return self.running and "ready for work" in self.log.read_text(errors="replace")
