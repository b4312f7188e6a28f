"""Start Pebble, Let's Encrypt's own test server: a real ACME authority, hostile on purpose.

It fetches each http-01 answer through the DNS server and the port that it is given, so a certificate
comes only when the customer's records really lead to our front. Debian's 2.4.0 has no ARI, no profiles,
and checks no CAA.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from string import Template

from stack.authority import Authority, write_private
from stack.ports import free_port
from stack.process import Service

CONFIGURATION = Path(__file__).parent.parent / "deploy" / "pebble.json"
LIFE = 45 * 86400  # seconds; Let's Encrypt's `tlsserver` profile since May 2026
NONCES_REFUSED = 5  # per cent; Pebble's own default


class Pebble(Service):
    """Run Pebble on an address; `dns` is the "host:port" of the resolver that it asks."""

    name = "pebble"

    def __init__(
        self,
        directory: Path,
        *,
        dns: str,
        address: str = "127.0.0.1",
        port: int = 0,
        http_port: int = 80,
        nonces_refused: int = NONCES_REFUSED,
        authorizations_reused: int = 0,
        validity: int = LIFE,
    ) -> None:
        super().__init__(
            directory,
            env={
                "PEBBLE_WFE_NONCEREJECT": str(nonces_refused),
                # By default half of the orders need no challenge, and runs would differ.
                "PEBBLE_AUTHZREUSE": str(authorizations_reused),
                "PEBBLE_VA_NOSLEEP": "1",
            },
        )
        self.dns = dns
        self.address = address
        self.port = port or free_port(address)
        self.management_port = free_port(address)
        self.http_port = http_port
        self.validity = validity
        self.authority = Authority(self.directory / "authority")

    @property
    def directory_url(self) -> str:
        """Return where an ACME client begins."""
        return f"https://{self.address}:{self.port}/dir"

    @property
    def ca_bundle(self) -> Path:
        """Return the root behind Pebble's own HTTPS; what it issues stands under another one."""
        return self.authority.root

    @property
    def roots(self) -> Path:
        """Return the file of every root under which certificates were issued from this directory."""
        return self.directory / "issuing-roots.pem"

    @property
    def settings(self) -> dict[str, str]:
        """Return what the portal's processes, and the demo, must know of it."""
        return {
            "ACME_DIRECTORY_URL": self.directory_url,
            "ACME_CA_BUNDLE": str(self.ca_bundle),
            "DEMO_ACME_ROOTS": str(self.roots),
        }

    def configure(self) -> None:
        certificate, key = self.authority.issue(["localhost"], [self.address])
        self._certificate.write_bytes(certificate)
        write_private(self._key, key)
        text = Template(CONFIGURATION.read_text()).substitute(
            address=self.address,
            port=self.port,
            management_port=self.management_port,
            certificate=self._certificate,
            key=self._key,
            http_port=self.http_port,
            tls_port=443,
            validity=self.validity,
        )
        self._configuration.write_text(text)

    def arguments(self) -> list[str]:
        return ["pebble", "-config", str(self._configuration), "-strict=false", "-dnsserver", self.dns]

    def check(self) -> bool:
        """Tell whether both of its servers answer: the authority, and the other one, whose root is then kept."""
        try:
            self._get(self.directory_url)
            root = self.issuing_root()
        except (OSError, http.client.HTTPException):
            return False
        # Pebble forgets its root when it ends; what was issued under it is still served.
        known = self.roots.read_bytes() if self.roots.exists() else b""
        if root not in known:
            self.roots.write_bytes(known + root)
        return True

    def issuing_root(self) -> bytes:
        """Return the root (PEM) under which Pebble issues; a new one at each start."""
        return self._get(f"https://{self.address}:{self.management_port}/roots/0")

    def orders(self) -> int:
        """Return how many orders Pebble has taken since its log began."""
        return len(re.findall(r"Added order ", self.log.read_text(errors="replace")))

    def revoked(self, serial: str) -> int | None:
        """Return the reason with which a serial (hexadecimal) was revoked, or None while it is not."""
        try:
            url = f"https://{self.address}:{self.management_port}/cert-status-by-serial/{serial.lower()}"
            said = json.loads(self._get(url))
        except urllib.error.HTTPError:
            return None
        return int(said.get("Reason", 0)) if said["Status"] == "Revoked" else None

    def _get(self, url: str) -> bytes:
        context = ssl.create_default_context(cafile=str(self.ca_bundle))
        with urllib.request.urlopen(url, timeout=5, context=context) as answer:  # noqa: S310
            content: bytes = answer.read()
            return content

    @property
    def _configuration(self) -> Path:
        return self.directory / "pebble.json"

    @property
    def _certificate(self) -> Path:
        return self.directory / "pebble.pem"

    @property
    def _key(self) -> Path:
        return self.directory / "pebble.key"
