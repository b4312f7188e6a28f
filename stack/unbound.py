"""Run Unbound: the validating recursive resolver of development, tests and demo."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

import dns.exception
import dns.message
import dns.query

from stack import ports
from stack.process import Service

TEMPLATE = Path(__file__).parent.parent / "deploy" / "unbound.conf"
ROOT_KEY = Path("/usr/share/dns/root.key")


class Unbound(Service):
    """Resolve names: these zones at the given servers (`address@port`), all others on the internet.

    `local` are zones that it answers by itself: name to lines of a zone file with absolute names.
    `trust_anchors` are DS records in zone-file notation; a zone with one must be signed to be believed.
    Nothing is kept for longer than `cache` seconds.
    """

    name = "unbound"

    def __init__(
        self,
        directory: Path,
        address: str,
        zones: Mapping[str, Sequence[str]],
        *,
        port: int = 53,
        trust_anchors: Sequence[str] = (),
        local: Mapping[str, Sequence[str]] | None = None,
        cache: int = 1,
    ) -> None:
        super().__init__(directory)
        self.address = address
        self.port = port
        self.zones = {zone: tuple(servers) for zone, servers in zones.items()}
        self.trust_anchors = tuple(trust_anchors)
        self.local = dict(local or {})
        self.cache = cache

    @property
    def configuration(self) -> Path:
        return self.directory / "unbound.conf"

    def configure(self) -> None:
        """Write the configuration."""
        anchored = {anchor.split()[0].rstrip(".") for anchor in self.trust_anchors}
        lines = [f'trust-anchor: "{anchor}"' for anchor in self.trust_anchors]
        # Our own zones are unsigned; without this, the real parent's signatures would disown them.
        lines += [f'domain-insecure: "{zone}"' for zone in self.zones if zone not in anchored]
        if ROOT_KEY.exists():
            lines.append(f'trust-anchor-file: "{ROOT_KEY}"')
        for zone, data in self.local.items():
            lines += [f'domain-insecure: "{zone}"', f'local-zone: "{zone}." static']
            lines += [f"local-data: '{line}'" for line in data]
        stubs = []
        for zone, servers in self.zones.items():
            stubs += ["stub-zone:", f'    name: "{zone}"', "    stub-prime: no"]
            stubs += [f"    stub-addr: {server}" for server in servers]
        values = {
            "directory": self.directory,
            "user": "",
            "address": self.address,
            "port": self.port,
            "cache": self.cache,
            "control": ports.socket_path(self.directory / "unbound.sock"),
            "server": "\n".join(f"    {line}" for line in lines),
            "stubs": "\n".join(stubs),
        }
        self.configuration.write_text(Template(TEMPLATE.read_text()).substitute(values))

    def arguments(self) -> list[str]:
        """Return the command line."""
        program = shutil.which("unbound") or shutil.which("unbound", path="/usr/sbin")
        return [program or "unbound", "-d", "-p", "-c", str(self.configuration)]

    def forget(self, zone: str) -> None:
        """Drop what the cache holds at and below a name."""
        program = shutil.which("unbound-control") or "/usr/sbin/unbound-control"
        command = [program, "-c", str(self.configuration), "flush_zone", zone]
        subprocess.run(command, check=True, capture_output=True, timeout=10)

    def check(self) -> bool:
        """Tell whether it answers; any answer will do."""
        query = dns.message.make_query("localhost.", "A")
        try:
            dns.query.udp(query, self.address, timeout=0.5, port=self.port)
        except (dns.exception.DNSException, OSError):
            return False
        return True
