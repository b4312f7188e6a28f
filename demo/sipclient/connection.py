"""The wire under a SIP client: UDP, TCP, and TLS with the server's name and chain checked."""

from __future__ import annotations

import contextlib
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography import x509
from cryptography.x509.oid import NameOID

from demo.sipclient import message


class ConnectionFailed(Exception):
    """The server cannot be reached, or is not who it should be.

    `code` is one of unreachable, untrusted, no_tls, closed; `why` is what the system said, in its own words.
    """

    def __init__(self, code: str, why: str = "") -> None:
        super().__init__(f"{code}: {why}" if why else code)
        self.code = code
        self.why = why


@dataclass(frozen=True)
class Certificate:
    """One certificate of a chain; `serial` is upper-case hex, as openssl prints it."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    serial: str
    not_after: datetime

    @classmethod
    def from_der(cls, der: bytes) -> Certificate:
        parsed = x509.load_der_x509_certificate(der)
        try:
            names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            dns_names = tuple(names.get_values_for_type(x509.DNSName))
        except x509.ExtensionNotFound:
            dns_names = ()
        return cls(
            subject=_name(parsed.subject),
            issuer=_name(parsed.issuer),
            names=dns_names,
            serial=f"{parsed.serial_number:X}",
            not_after=parsed.not_valid_after_utc,
        )


class Connection(Protocol):
    """An open way to the server that carries whole SIP messages."""

    transport: str
    chain: tuple[Certificate, ...]

    @property
    def local(self) -> tuple[str, int]: ...

    def send(self, data: bytes) -> None: ...

    def receive(self, timeout: float) -> message.Message:
        """Return the next message. Raises TimeoutError, ConnectionFailed."""
        ...

    def close(self) -> None: ...

    def fileno(self) -> int: ...

    def pending(self) -> bool:
        """Tell whether something has been read already that no readiness of the socket will announce."""
        ...


class Datagrams:
    """SIP over UDP: one message, one datagram."""

    transport = "UDP"
    chain: tuple[Certificate, ...] = ()

    def __init__(self, address: str, port: int, *, source: str = "", source_port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        if source:
            self._socket.bind((source, source_port))
        self._socket.connect((address, port))

    @property
    def local(self) -> tuple[str, int]:
        return self._socket.getsockname()[:2]

    def send(self, data: bytes) -> None:
        try:
            self._socket.send(data)
        except ConnectionRefusedError:
            # Said of a datagram that was sent before; this one has not left, and somebody may listen by now.
            with contextlib.suppress(ConnectionRefusedError):
                self._socket.send(data)

    def receive(self, timeout: float) -> message.Message:
        self._socket.settimeout(timeout)
        try:
            data = self._socket.recv(65535)
        except TimeoutError:
            raise
        except OSError as error:
            raise ConnectionFailed("unreachable", str(error.strerror)) from error
        split = message.head_and_rest(data)
        if split is None:
            raise message.Unreadable("The server's answer ends in the middle.")
        parsed = message.parse_head(split[0])
        return message.Message(parsed.start, parsed.headers, split[1])

    def close(self) -> None:
        self._socket.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def pending(self) -> bool:
        return False


class Stream:
    """SIP over a byte stream: messages are cut by Content-Length (RFC 3261 section 18.3)."""

    def __init__(self, connected: socket.socket, transport: str, chain: tuple[Certificate, ...] = ()) -> None:
        self._socket = connected
        self._buffer = b""
        self.transport = transport
        self.chain = chain

    @property
    def local(self) -> tuple[str, int]:
        return self._socket.getsockname()[:2]

    def send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise ConnectionFailed("closed") from error

    def receive(self, timeout: float) -> message.Message:
        self._socket.settimeout(timeout)
        while True:
            # CRLF between messages is a keep-alive, RFC 5626 section 3.5.1.
            self._buffer = self._buffer.lstrip(b"\r\n")
            split = message.head_and_rest(self._buffer)
            if split is not None:
                parsed = message.parse_head(split[0])
                length = message.body_length(parsed)
                if len(split[1]) >= length:
                    self._buffer = split[1][length:]
                    return message.Message(parsed.start, parsed.headers, split[1][:length])
            self._fill()

    def _fill(self) -> None:
        try:
            data = self._socket.recv(65535)
        except TimeoutError:
            raise
        except OSError as error:
            raise ConnectionFailed("closed", str(error.strerror)) from error
        if not data:
            raise ConnectionFailed("closed")
        self._buffer += data

    def close(self) -> None:
        self._socket.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def pending(self) -> bool:
        return bool(self._buffer) or (isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0)


def tcp(address: str, port: int, *, timeout: float = 5.0, source: str = "") -> Stream:
    """Connect over TCP. Raises ConnectionFailed."""
    return Stream(_connect(address, port, timeout, source), "TCP")


def tls(
    address: str,
    port: int,
    *,
    host: str,
    ca_file: str | None = None,
    timeout: float = 5.0,
    source: str = "",
) -> Stream:
    """Connect over TLS with SNI, and check chain and host name.

    `ca_file` is a PEM bundle; None trusts what the machine trusts.
    Raises ConnectionFailed; nothing of the client's has been sent by then.
    """
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    plain = _connect(address, port, timeout, source)
    try:
        secured = context.wrap_socket(plain, server_hostname=host)
    except OSError as error:
        plain.close()
        if isinstance(error, ssl.SSLCertVerificationError):
            raise ConnectionFailed("untrusted", error.verify_message) from error
        reason = getattr(error, "reason", None) or error.strerror or str(error)
        raise ConnectionFailed("no_tls", reason) from error
    return Stream(secured, "TLS", tuple(Certificate.from_der(der) for der in _chain(secured)))


def _connect(address: str, port: int, timeout: float, source: str) -> socket.socket:
    try:
        return socket.create_connection((address, port), timeout, (source, 0) if source else None)
    except OSError as error:
        raise ConnectionFailed("unreachable", error.strerror or "time-out") from error


def _chain(secured: ssl.SSLSocket) -> list[bytes]:
    """Return the validated chain, leaf first, as DER."""
    public = getattr(secured, "get_verified_chain", None)
    if public is not None:
        return list(public())
    # Python before 3.13 validates the chain but shows it on the inner object alone.
    return [ssl.PEM_cert_to_DER_cert(item.public_bytes()) for item in secured._sslobj.get_verified_chain()]  # type: ignore[attr-defined]


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()
