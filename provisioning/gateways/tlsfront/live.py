"""Reach HAProxy: files first, so that a restart finds them, then its runtime API, so that none is needed.

The runtime API changes memory only (HAProxy 2.6 management guide, 9.3), and takes a certificate in a
transaction: set, then commit, with every connection alive.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import os
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from provisioning.gateways.tlsfront import NAME, Served, TlsFrontError
from provisioning.rules.certificates import Bundle, CertificateUnfit, checked, facts

TIMEOUT = 10
MOST_OF_AN_ANSWER = 4096


class HAProxyFront:
    """Install through a directory that HAProxy reads at start and the Unix socket of its runtime API."""

    def __init__(
        self, *, directory: Path, runtime: Path, address: str, port: int = 443, http_port: int = 80
    ) -> None:
        self.directory = directory
        self.runtime = runtime
        self.address = address
        self.port = port
        self.http_port = http_port
        self.label = f"HAProxy {address}:{port}"
        self.crt_list = directory / "crt-list.txt"

    def install(self, *, name: str, bundle: Bundle) -> None:
        try:
            checked(bundle, at=datetime.now(UTC))
        except CertificateUnfit as error:
            raise TlsFrontError(str(error), permanent=True, code="refused") from error
        path = self._path(name)
        with self._turn():
            before = path.read_bytes() if path.exists() else None
            _write(path, bundle.pem)
            try:
                self._load(path, bundle.pem)
            except TlsFrontError as error:
                # A front that is away reads the new file when it is back; one that refused must never see it.
                if error.code == "refused":
                    _restore(path, before)
                else:
                    self._list(path)
                raise
            self._list(path)

    def remove(self, *, name: str, serial: str = "") -> None:
        path = self._path(name)
        with self._turn():
            if serial and path.exists() and facts(path.read_bytes()).serial != serial:
                return
            lines = [line for line in self._lines() if line.split()[:1] != [str(path)]]
            _write(self.crt_list, "".join(f"{line}\n" for line in lines).encode())
            path.unlink(missing_ok=True)
            if self._knows(path):
                self._ask(f"del ssl crt-list {self.crt_list} {path}")
                self._ask(f"del ssl cert {path}")

    def shows(self, *, host: str, path: str, body: str) -> bool:
        connection = http.client.HTTPConnection(self.address, self.http_port, timeout=TIMEOUT)
        try:
            connection.request("GET", path, headers={"Host": host})
            answer = connection.getresponse()
            return answer.status == 200 and answer.read(MOST_OF_AN_ANSWER).decode(errors="replace") == body
        except (OSError, http.client.HTTPException) as error:
            raise TlsFrontError(
                f"{self.address}:{self.http_port} does not answer", code="unreachable"
            ) from error
        finally:
            connection.close()

    def served(self, *, server_name: str, port: int | None = None) -> Served:
        # The look is at what comes, not at whether a client trusts it: the caller compares serials.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        where = (self.address, port or self.port)
        try:
            with (
                socket.create_connection(where, TIMEOUT) as plain,
                context.wrap_socket(plain, server_hostname=server_name) as secured,
            ):
                chain = _chain(secured)
        except ssl.SSLError as error:
            raise TlsFrontError(f"no TLS for {server_name}: {error.reason}", code="not_served") from error
        except OSError as error:
            raise TlsFrontError(f"{where[0]}:{where[1]} does not answer", code="unreachable") from error
        leaf = facts(chain[0])
        if server_name.lower() not in leaf.names:
            raise TlsFrontError(f"{server_name} gets the certificate of others", code="not_served")
        return Served(serial=leaf.serial, chain=chain)

    def _load(self, path: Path, pem: bytes) -> None:
        """Put a certificate into HAProxy's memory, or leave its memory as it was."""
        new = not self._knows(path)
        if new:
            self._ask(f"new ssl cert {path}")
        text = "\n".join(line for line in pem.decode().splitlines() if line.strip())
        try:
            self._succeed(f"set ssl cert {path} <<\n{text}\n", "ransaction")
            self._succeed(f"commit ssl cert {path}", "Success")
            if str(path) not in self._ask(f"show ssl crt-list {self.crt_list}").split():
                self._succeed(f"add ssl crt-list {self.crt_list} {path}", "Success")
        except TlsFrontError as error:
            if error.code == "refused":
                self._ask(f"abort ssl cert {path}")
                if new:
                    self._ask(f"del ssl cert {path}")
            raise

    def _succeed(self, command: str, sign: str) -> None:
        """Give a command whose answer holds this sign of success; HAProxy 2.6 has no status of its own."""
        said = self._ask(command)
        if sign not in said:
            raise TlsFrontError(said.replace("\n", " "), permanent=True, code="refused")

    def _knows(self, path: Path) -> bool:
        return str(path) in self._ask("show ssl cert").split()

    def _ask(self, command: str) -> str:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(TIMEOUT)
                connection.connect(str(self.runtime))
                connection.sendall(command.encode() + b"\n")
                return b"".join(iter(lambda: connection.recv(65536), b"")).decode().strip()
        except OSError as error:
            raise TlsFrontError(
                f"the runtime API does not answer ({type(error).__name__})", code="unreachable"
            ) from error

    def _path(self, name: str) -> Path:
        if len(name) > 200 or not NAME.fullmatch(name):
            raise TlsFrontError(f"{name!r} cannot be a file's name", permanent=True, code="refused")
        return self.directory / f"{name}.pem"

    def _lines(self) -> list[str]:
        return self.crt_list.read_text().splitlines() if self.crt_list.exists() else []

    def _list(self, path: Path) -> None:
        lines = self._lines()
        if not any(line.split()[:1] == [str(path)] for line in lines):
            _write(self.crt_list, "".join(f"{line}\n" for line in [*lines, str(path)]).encode())

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one process at a time change files and memory, so that the two agree."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            with open(self.directory / ".lock", "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise TlsFrontError(
                f"the front's directory cannot be written ({error.strerror})", code="unreachable"
            ) from error


def _write(path: Path, content: bytes) -> None:
    """Write a file for its owner's eyes, whole or not at all, also when the power goes."""
    draft = path.with_name(f".{path.name}.draft")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _restore(path: Path, before: bytes | None) -> None:
    if before is None:
        path.unlink(missing_ok=True)
    else:
        _write(path, before)


def _chain(secured: ssl.SSLSocket) -> tuple[bytes, ...]:
    """Return the chain that the server sent, as PEM; Python has a public way only from 3.13 on."""
    if hasattr(secured, "get_unverified_chain"):
        return tuple(ssl.DER_cert_to_PEM_cert(der).encode() for der in secured.get_unverified_chain())
    sent = secured._sslobj.get_unverified_chain()  # type: ignore[attr-defined]
    return tuple(each.public_bytes().encode() for each in sent)


def gateway() -> HAProxyFront:
    """Return the gateway that the environment describes."""
    environment = settings.ENVIRONMENT
    return HAProxyFront(
        directory=Path(environment.tlsfront_directory),
        runtime=Path(environment.tlsfront_socket),
        address=environment.tlsfront_connect.host,
        port=environment.tlsfront_connect.port,
        http_port=environment.tlsfront_http_port,
    )
