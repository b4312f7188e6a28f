"""HAProxy with a master process: its files are written, and the master told to read them.

What the master starts then takes over the listening sockets; what is up stays with the process before (HAProxy 2.6
management guide, 4 and 9.4).
"""

from __future__ import annotations

import csv
import http.client
import os
import socket
import time
from pathlib import Path

from django.conf import settings

from myfone.kernel.gateways import GatewayError
from telephony.gateways.trunkfront import Seen
from telephony.rules.trunk_front import Front, Line, written

TIMEOUT = 5.0
IN_FORCE = 15.0
AGAIN = 3.0
POLL = 0.05
HEAD = Path(__file__).parents[3] / "deploy" / "haproxy-trunks.cfg"
CONFIGURATION = "trunks.cfg"
# Of a handshake that went wrong; all else is no connection at all (HAProxy 2.6 management guide, 9.1, check_status).
NOT_BELIEVED = ("L6RSP", "L6TOUT")


class HAProxyTrunks:
    """Files in a directory that HAProxy reads, and the sockets of its master and of its runtime API beside them."""

    def __init__(self, *, directory: Path, address: str, port: int) -> None:
        self.directory = directory
        self.address = address
        self.port = port
        self.label = f"HAProxy {address}:{port}"

    @property
    def master(self) -> Path:
        return self.directory / "master.sock"

    @property
    def runtime(self) -> Path:
        return self.directory / "runtime.sock"

    def write(self, lines: tuple[Line, ...]) -> Front:
        """Write what HAProxy reads when it starts. Raises GatewayError."""
        front = written(
            lines,
            head=HEAD.read_text(),
            directory=str(self.directory),
            address=self.address,
            port=self.port,
        )
        try:
            for name, text in front.files.items():
                _write(self.directory / name, text)
            _write(self.directory / CONFIGURATION, front.text)
        except OSError as error:
            raise GatewayError(f"The trunks' folder cannot be used: {type(error).__name__}") from error
        return front

    def carry(self, lines: tuple[Line, ...]) -> bool:
        front = self.write(lines)
        if self._mark() == front.mark:
            return False
        until = time.monotonic() + IN_FORCE
        while not self._reload(front.mark):
            if time.monotonic() > until:
                raise GatewayError("HAProxy does not take the configuration of the trunks")
        for old in self.directory.glob("trunk-*.pem"):
            if old.name not in front.files:
                old.unlink(missing_ok=True)
        return True

    def seen(self) -> dict[int, Seen]:
        rows = csv.DictReader(_ask(self.runtime, "show stat").removeprefix("# ").splitlines())
        found = {}
        for row in rows:
            key = row["pxname"].removeprefix("trunk-")
            # A check that goes on now is shown with an asterisk, as what the last one found.
            result = row["check_status"].lstrip("* ")
            if row["svname"] != "gateway" or not key.isdigit() or result in ("", "INI"):
                continue
            said = row["last_chk"] or row["check_desc"] or result
            fault = "" if result.endswith("OK") else "untrusted" if result in NOT_BELIEVED else "unreachable"
            found[int(key)] = Seen(fault, said if fault else "")
        return found

    def _reload(self, mark: str) -> bool:
        """Have the files read, and wait for a while until they are in force.

        A master that has just begun anew for an earlier change hears nobody for a moment, or forgets what it is told.
        """
        try:
            _ask(self.master, "reload")
        except GatewayError:
            if not self.master.exists():
                raise
            time.sleep(POLL)
            return False
        until = time.monotonic() + AGAIN
        while self._mark() != mark:
            if time.monotonic() > until:
                return False
            time.sleep(POLL)
        return True

    def _mark(self) -> str:
        """Return which configuration is in force; empty while nobody says."""
        connection = http.client.HTTPConnection(self.address, self.port, timeout=TIMEOUT)
        try:
            connection.request("GET", "/")
            return connection.getresponse().read(100).decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return ""
        finally:
            connection.close()


def _ask(path: Path, command: str) -> str:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(TIMEOUT)
            connection.connect(str(path))
            connection.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode(errors="replace")
    except OSError as error:
        raise GatewayError(f"The trunks' HAProxy does not answer: {type(error).__name__}") from error


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    with open(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


def gateway() -> HAProxyTrunks:
    """Return the HAProxy that the settings name."""
    environment = settings.ENVIRONMENT
    listens = environment.trunks_listen
    return HAProxyTrunks(
        directory=Path(environment.trunks_directory), address=listens.host, port=listens.port
    )
