"""Run Knot DNS: the authoritative name server of development, tests and demo."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

import dns.exception
import dns.message
import dns.query
import dns.rcode

from stack import ports
from stack.process import Service

TEMPLATE = Path(__file__).parent.parent / "deploy" / "knot.conf"


class Knot(Service):
    """Serve zones on one or more loopback addresses, and take dynamic updates from this machine.

    `zones` is zone name to zone-file text. A zone file that exists already is kept, so that changes
    outlive a restart; delete it to begin anew.
    """

    name = "knot"

    def __init__(
        self,
        directory: Path,
        addresses: Sequence[str],
        zones: Mapping[str, str],
        *,
        port: int = 53,
        name: str | None = None,
    ) -> None:
        super().__init__(directory, name=name)
        self.addresses = tuple(addresses)
        self.zones = dict(zones)
        self.port = port

    @property
    def configuration(self) -> Path:
        return self.directory / "knot.conf"

    def zone_file(self, zone: str) -> Path:
        """Return where a zone is kept."""
        return self.directory / f"{zone}.zone"

    def configure(self) -> None:
        """Write the configuration, and the zones that are not there yet."""
        (self.directory / "db").mkdir(exist_ok=True)
        for zone, text in self.zones.items():
            if not self.zone_file(zone).exists():
                self.zone_file(zone).write_text(text)
        values = {
            "directory": self.directory,
            "user": pwd.getpwuid(os.geteuid()).pw_name,
            "control": ports.socket_path(self.directory / "knot.sock"),
            "listen": "\n".join(f'    listen: "{address}@{self.port}"' for address in self.addresses),
            "zones": "\n".join(f'  - domain: "{zone}."' for zone in self.zones),
        }
        self.configuration.write_text(Template(TEMPLATE.read_text()).substitute(values))

    def arguments(self) -> list[str]:
        """Return the command line."""
        program = shutil.which("knotd") or shutil.which("knotd", path="/usr/sbin")
        return [program or "knotd", "--config", str(self.configuration)]

    def check(self) -> bool:
        """Tell whether every zone is loaded on every address (a broken zone answers SERVFAIL for ever)."""
        return all(self.answers(address, zone) for address in self.addresses for zone in self.zones)

    def answers(self, address: str, zone: str) -> bool:
        """Tell whether one address answers for one zone, whatever the answer is."""
        query = dns.message.make_query(zone, "SOA")
        try:
            dns.query.udp(query, address, timeout=0.5, port=self.port)
        except (dns.exception.DNSException, OSError):
            return False
        return True

    def reload(self, sign: signal.Signals = signal.SIGHUP) -> None:
        """Reread configuration and zone files."""
        super().reload(sign)

    def freeze(self) -> None:
        """Hold the server still: questions reach it and nothing comes back."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """Stop the server, a frozen one too."""
        if self.running:
            self.thaw()
        super().stop()

    def _signal(self, sign: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(sign)
