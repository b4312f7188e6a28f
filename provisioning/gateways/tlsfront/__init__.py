"""Hand certificates to the server that ends TLS for all customers, and look at what it really serves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from myfone.kernel.gateways import GatewayError
from provisioning.rules.certificates import Bundle

NAME = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*")


class TlsFrontError(GatewayError):
    """Say why the front did not take or serve a certificate.

    `code` is `unreachable`, `refused` (the bundle cannot be served: permanent) or `not_served`.
    """

    def __init__(self, message: str, *, permanent: bool = False, code: str) -> None:
        super().__init__(message, permanent=permanent)
        self.code = code


@dataclass(frozen=True)
class Served:
    """Hold what a client saw: the leaf's serial in hexadecimal, and the chain as PEM, leaf first."""

    serial: str
    chain: tuple[bytes, ...]


class TlsFront(Protocol):
    """Serve certificates by the name that a client asks for; every method raises TlsFrontError."""

    label: str
    """What a person reads for this front; a stand-in says that it is one."""

    def install(self, *, name: str, bundle: Bundle) -> None:
        """Serve this bundle for the names in its leaf, under a name of its own; the same name replaces.

        Connections that are up stay up. What was installed survives a restart of the front.
        """
        ...

    def remove(self, *, name: str, serial: str = "") -> None:
        """Stop serving what was installed under this name; no effect when nothing was.

        With a serial (hexadecimal), no effect either when another certificate has taken that place.
        """
        ...

    def shows(self, *, host: str, path: str, body: str) -> bool:
        """Say whether this is what port 80 answers for that host and path, as the authority will see it."""
        ...

    def served(self, *, server_name: str, port: int | None = None) -> Served:
        """Return what a TLS handshake with this SNI gets; the default port is the front's own 443."""
        ...
