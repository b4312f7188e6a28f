"""Stand in for the TLS front: it keeps bundles in a directory and answers by name, without a wire.

Tests script it with `fail`; portal, worker and a restarted worker see the same directory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from provisioning.gateways.tlsfront import NAME, Served, TlsFrontError
from provisioning.rules.certificates import Bundle, CertificateUnfit, checked, facts

LABEL = "TLS front – stand-in"


@dataclass
class FakeTlsFront:
    """Serve from a directory of PEM files."""

    directory: Path
    label: str = LABEL
    faults: list[tuple[str, TlsFrontError]] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)

    def fail(self, method: str, error: TlsFrontError, *, times: int = 1) -> None:
        """Let the next calls of this method fail."""
        self.faults += [(method, error)] * times

    def install(self, *, name: str, bundle: Bundle) -> None:
        self._script("install")
        path = self._path(name)
        try:
            checked(bundle, at=datetime.now(UTC))
        except CertificateUnfit as error:
            raise TlsFrontError(str(error), permanent=True, code="refused") from error
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_bytes(bundle.pem)
        draft.replace(path)

    def remove(self, *, name: str, serial: str = "") -> None:
        self._script("remove")
        path = self._path(name)
        if serial and path.exists() and facts(path.read_bytes()).serial != serial:
            return
        path.unlink(missing_ok=True)

    def shows(self, *, host: str, path: str, body: str) -> bool:
        """Say yes, for there is no port 80 here; a test names the hosts for which it is not so."""
        self._script("shows")
        return host not in self.hidden

    def served(self, *, server_name: str, port: int | None = None) -> Served:
        self._script("served")
        for path in sorted(self.directory.glob("*.pem")):
            leaf = facts(path.read_bytes())
            if server_name.lower() in leaf.names:
                chain = x509.load_pem_x509_certificates(path.read_bytes())
                return Served(leaf.serial, tuple(each.public_bytes(Encoding.PEM) for each in chain))
        raise TlsFrontError(f"{server_name} gets the certificate of others", code="not_served")

    def _script(self, method: str) -> None:
        for number, (name, error) in enumerate(self.faults):
            if name in {method, "*"}:
                del self.faults[number]
                raise error

    def _path(self, name: str) -> Path:
        if len(name) > 200 or not NAME.fullmatch(name):
            raise TlsFrontError(f"{name!r} cannot be a file's name", permanent=True, code="refused")
        return self.directory / f"{name}.pem"


def gateway() -> FakeTlsFront:
    """Return the stand-in, its bundles below the run directory."""
    return FakeTlsFront(settings.ENVIRONMENT.var_directory / "tls-front")
