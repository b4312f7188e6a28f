"""Put the servers together on one machine: the demo and the end-to-end tests run the very same assembly.

The servers around the database are optional. One that cannot run leaves a line that says why, and the portal
gets the stand-in for what it served.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from stack import environment, ports
from stack.controller import Controller
from stack.haproxy import HAProxy
from stack.kamailio import Kamailio
from stack.knot import Knot
from stack.mailsink import MailSink
from stack.network import Network
from stack.pebble import Pebble
from stack.postgres import Postgres
from stack.process import Service, ServiceFailed
from stack.rtpengine import RtpEngine
from stack.trunkfront import TrunkFront
from stack.unbound import Unbound
from stack.watch import watch
from stack.zones import host_zone, office365_zone, platform_zone

S = TypeVar("S", bound=Service)
LIVE, STAND_IN, MISSING, FAILED = "live", "stand-in", "missing", "failed"
PLATFORM_ZONE = "flexskype.dk"
HOST_ZONE = "webhost.dk"
DEMO_ZONE = "it-bixen.dk"
NAMESERVERS = (f"ns1.{HOST_ZONE}", f"ns2.{HOST_ZONE}")
# Daemons lie in sbin, which is not on an ordinary user's path.
os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


@dataclass(frozen=True)
class Part:
    """One line of the table: what it is, whether it is real, where it answers, what to know about it."""

    name: str
    state: str
    address: str = ""
    note: str = ""


@dataclass
class Machine:
    """All servers of one run directory.

    `portal_port` is where the portal is opened on 127.0.0.1; its processes are started by the caller. With `web_port`
    and `live_port` that is the front's, which leads to pages and to streams; without a front the pages are there.
    With `controlled` calls go through the call controller, and their sound through rtpengine.
    `durable` False is for tests. Real ports (53, 80, 443, 5060, 5061) are taken where they can be had.
    """

    directory: Path
    portal_port: int
    durable: bool = True
    demo: bool = True
    web_port: int = 0
    live_port: int = 0
    controlled: bool = False
    parts: dict[str, Part] = field(default_factory=dict)
    services: list[Service] = field(default_factory=list)
    #: A sentence about each part that is installed and did not start.
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.directory = self.directory.absolute()
        self.file = self.directory / "environment"
        self.secrets = environment.kept_secrets(environment.read(self.file))
        self.address = ports.loopback(self.directory)
        self.postgres: Postgres | None = None
        self.mailsink: MailSink | None = None
        self.knot: Knot | None = None
        self.unbound: Unbound | None = None
        self.pebble: Pebble | None = None
        self.haproxy: HAProxy | None = None
        self.trunkfront: TrunkFront | None = None
        self.kamailio: Kamailio | None = None
        self.rtpengine: RtpEngine | None = None
        self.controller: Controller | None = None
        self._lock = threading.Lock()

    # The database comes first: all others can wait for it or do without.

    def start_database(self) -> None:
        """Start Postgres, unless DATABASE_URL names a server, and write the settings file."""
        if url := os.environ.get("DATABASE_URL"):
            note = "the server that DATABASE_URL names"
            self.parts["Postgres"] = Part("Postgres", LIVE, urlsplit(url).netloc.rpartition("@")[2], note)
        else:
            self.postgres = Postgres(self.directory / "postgres", durable=self.durable).start()
            place = f"{self.postgres.address}:{self.postgres.port}"
            self.parts["Postgres"] = Part("Postgres", LIVE, place, "our own, in var/")
        self.write_environment()

    def database_settings(self) -> dict[str, str]:
        """Return the addresses of the database for each role."""
        if self.postgres is None:
            names = ("DATABASE_URL", "MIGRATOR_DATABASE_URL", "ADMIN_DATABASE_URL", "KAMAILIO_DATABASE_URL")
            return {name: os.environ[name] for name in names if name in os.environ}
        url = self.postgres.url
        return {
            "DATABASE_URL": url("myfone", "app", self.secrets["MYFONE_APP_PASSWORD"]),
            "MIGRATOR_DATABASE_URL": url("myfone", "migrator", self.secrets["MYFONE_MIGRATOR_PASSWORD"]),
            "ADMIN_DATABASE_URL": self.postgres.superuser_url(),
            "KAMAILIO_DATABASE_URL": url("myfone", "kamailio", self.secrets["MYFONE_KAMAILIO_PASSWORD"]),
        }

    def start_surroundings(self) -> None:
        """Start what needs no rows in the database: mail sink, DNS, certificate authority and TLS front."""
        mail = MailSink(self.directory / "mailsink", address=self.address, port=self._port(2525))
        self.mailsink = self._run(
            "Mail sink", mail, f"{mail.address}:{mail.port}", "mail waits in the outbox"
        )
        self._start_dns()
        self._start_front()
        self._start_pebble()
        self.write_environment()

    def start_switch(self) -> None:
        """Start Kamailio on the migrated database."""
        database = self.database_settings().get("KAMAILIO_DATABASE_URL")
        without = "nobody can sign in with a client; the portal works"
        if not database:
            self.parts["Kamailio"] = Part("Kamailio", MISSING, note="KAMAILIO_DATABASE_URL is not set")
            return
        if not self._found("Kamailio", "kamailio", without):
            return
        self._start_relay()
        switch = Kamailio(
            self.directory / "kamailio",
            database=database,
            address=self.address,
            port=self.sip_port,
            tls_port=self.sip_ports[0],
            plain_port=self.sip_ports[1],
            emergency_gateway=self.trunk if self.demo else "",
            controller=self.controller_place,
            trunks=self.trunkfront.place if self.trunkfront else "",
            media="{}:{}".format(*self.rtpengine.ng) if self.rtpengine else "",
            prompts=self.rtpengine.prompts if self.rtpengine else None,
        )
        self.kamailio = self._run("Kamailio", switch, f"{self.address}:{switch.port}", without)
        if self.kamailio and self.controlled:
            self._start_controller(self.kamailio)
        if self.kamailio and self.demo:
            self._start_network(self.kamailio)

    def _start_relay(self) -> None:
        without = "calls are put through; nobody is held or called from the browser, and codes say nothing"
        if self.controlled and self._found("rtpengine", "rtpengine", without):
            relay = RtpEngine(self.directory / "rtpengine", address=self.address, speaks=True)
            self.rtpengine = self._run("rtpengine", relay, f"{relay.ng[0]}:{relay.ng[1]}", without)

    def _start_controller(self, switch: Kamailio) -> None:
        """Start what calls go through; it can be done without, as can the relay of their sound."""
        address, _, port = self.controller_place.partition(":")
        controller = Controller(
            self.controller_directory,
            edge=f"{switch.address}:{switch.port}",
            secret=switch.controller_secret,
            address=address,
            port=int(port),
            media=self.rtpengine.ng if self.rtpengine else None,
        )
        without = "calls ring; none is sent on, joined or fetched from the browser"
        self.controller = self._run("Call controller", controller, controller.place, without)

    @property
    def controller_directory(self) -> Path:
        return self.directory / "controller"

    @property
    def controller_place(self) -> str:
        """The address and port of the call controller, or nothing where there is none; an address of its own."""
        if not self.controlled:
            return ""
        if not hasattr(self, "_controller_place"):
            address = ports.loopback(self.controller_directory)
            self._controller_place = f"{address}:{ports.choose_port(address, 5090, udp=True)}"
        return self._controller_place

    def _start_network(self, switch: Kamailio) -> None:
        """Start what plays the public network; it is never more than a stand-in."""
        address, _, port = self.trunk.rpartition(":")
        network = Network(
            self.directory / "network",
            address=address,
            port=int(port),
            switch=switch.address,
            switch_port=switch.port,
        )
        if self._run("Public network", network, self.trunk, "calls out are not answered, nor 112"):
            note = "answers every call out, 112 and 114 too; nobody is called for help"
            self.parts["Public network"] = Part("Public network", STAND_IN, self.trunk, note)

    @property
    def trunk(self) -> str:
        """The address and port of the stand-in for the public network: an address of its own, as trunks have."""
        if not hasattr(self, "_trunk"):
            address = ports.loopback(self.directory / "network")
            self._trunk = f"{address}:{ports.choose_port(address, 5080, udp=True)}"
        return self._trunk

    @property
    def pages_port(self) -> int:
        """The port that the process of pages listens on."""
        return self.web_port if self.haproxy and self.web_port else self.portal_port

    @property
    def sip_port(self) -> int:
        """The port of phones without TLS: UDP at Kamailio, TCP at the front."""
        if not hasattr(self, "_sip_port"):
            self._sip_port = self._port(5060, udp=True)
        return self._sip_port

    @property
    def sip_ports(self) -> tuple[int, int]:
        """The two ports of Kamailio that believe a PROXY header: behind TLS, and plain."""
        if not hasattr(self, "_sip_ports"):
            self._sip_ports = (self._port(15060), self._port(15061))
        return self._sip_ports

    def _start_dns(self) -> None:
        servers = [ports.loopback(self.directory / name) for name in NAMESERVERS]
        resolver = ports.loopback(self.directory / "resolver")
        dns_port = 53
        if any(ports.why_not(address, 53, udp=True) for address in (*servers, resolver)):
            dns_port = ports.free_port(self.address, udp=True)
        zones = {
            PLATFORM_ZONE: platform_zone(PLATFORM_ZONE, NAMESERVERS, self.address),
            HOST_ZONE: host_zone(HOST_ZONE, dict(zip(("ns1", "ns2"), servers, strict=True))),
            DEMO_ZONE: office365_zone(DEMO_ZONE, NAMESERVERS),
        }
        without = "the DNS check is played by a stand-in"
        if self._found("Knot DNS", "knotd", without):
            knot = Knot(self.directory / "knot", servers, zones, port=dns_port)
            place = ", ".join(f"{server}:{dns_port}" for server in servers)
            self.knot = self._run("Knot DNS", knot, place, without)
        if self.knot and self._found("Unbound", "unbound", without):
            stubs = {zone: [f"{server}@{dns_port}" for server in servers] for zone in zones}
            unbound = Unbound(self.directory / "unbound", resolver, stubs, port=dns_port)
            self.unbound = self._run("Unbound", unbound, f"{resolver}:{dns_port}", without)
        if not self.unbound:
            self.parts.setdefault("Unbound", Part("Unbound", MISSING, note=without))
            self.parts["DNS gateway"] = Part("DNS gateway", STAND_IN, note="answers what the demo tells it")

    def _start_front(self) -> None:
        without = "no TLS sign-in; certificates go to a stand-in"
        if not self._found("HAProxy", "haproxy", without):
            self.parts["TLS front gateway"] = Part(
                "TLS front gateway", STAND_IN, note="accepts every certificate"
            )
            return
        front = HAProxy(
            self.directory / "haproxy",
            sip_server=f"{self.address}:{self.sip_ports[0]}",
            plain_sip_server=f"{self.address}:{self.sip_ports[1]}",
            web_server=f"127.0.0.1:{self.web_port or self.portal_port}",
            live_server=f"127.0.0.1:{self.live_port}" if self.live_port else "",
            portal_port=self.portal_port if self.web_port else 0,
            address=self.address,
            https_port=self._port(443),
            sips_port=self._port(5061),
            http_port=self._port(80),
            sip_port=self.sip_port,
        )
        place = f"{self.address}:{front.https_port}, {front.sips_port}, {front.sip_port}, {front.http_port}"
        self.haproxy = self._run("HAProxy", front, place, without)
        trunks = TrunkFront(self.directory / "trunkfront", address=self.address, port=self._port(20000))
        self.trunkfront = self._run("Trunk front", trunks, trunks.place, "no call leaves by TLS")

    def _start_pebble(self) -> None:
        without = "certificates come from a stand-in"
        if self.unbound and self.haproxy and self._found("Pebble", "pebble", without):
            pebble = Pebble(
                self.directory / "pebble",
                dns=f"{self.unbound.address}:{self.unbound.port}",
                address=self.address,
                port=self._port(14000),
                http_port=self.haproxy.http_port,
            )
            self.pebble = self._run("Pebble", pebble, pebble.directory_url, without)
        if not self.pebble:
            self.parts.setdefault(
                "Pebble", Part("Pebble", MISSING, note=f"needs DNS and TLS front; {without}")
            )
            self.parts["ACME gateway"] = Part("ACME gateway", STAND_IN, note="an authority inside the portal")

    def settings(self) -> dict[str, str]:
        """Return what the portal's processes find in their environment."""
        values = {
            **self.secrets,
            **self.database_settings(),
            "DEBUG": "no",
            "DEMO": "yes" if self.demo else "no",
            "PORTAL_URL": f"http://localhost:{self.portal_port}",
            # The names of customers' domains reach us too: lyncdiscover, and the authority's questions.
            "ALLOWED_HOSTS": "*",
            "LOG_FORMAT": "text",
            "VAR_DIRECTORY": str(self.directory),
            "PLATFORM_ZONE": PLATFORM_ZONE,
            "SIP_TARGET": f"sip.{PLATFORM_ZONE}",
            "LYNCDISCOVER_TARGET": f"lyncdiscover.{PLATFORM_ZONE}",
            "PLATFORM_ADDRESSES": self.address,
            "GATEWAY_DNS": "live" if self.unbound else "fake",
            "GATEWAY_ACME": "live" if self.pebble else "fake",
            "GATEWAY_TLSFRONT": "live" if self.haproxy else "fake",
            "GATEWAY_TRUNKFRONT": "live" if self.trunkfront else "fake",
            **dict.fromkeys(("GATEWAY_CONTROLLER", "GATEWAY_MUSIC"), "live" if self.controlled else "fake"),
            "MUSIC_DIRECTORY": f"{self.directory}/rtpengine/prompts/music",
            "CONTROLLER_SOCKET": str(ports.socket_path(self.controller_directory / "controller.sock")),
        }
        if self.demo:
            values["DEMO_TRUNK"] = self.trunk
        if self.mailsink:
            values["SMTP_URL"] = self.mailsink.url
            values["DEMO_MAIL_DIRECTORY"] = str(self.mailsink.box)
        if self.unbound:
            values["DNS_RESOLVERS"] = f"{self.unbound.address}:{self.unbound.port}"
            values["DNS_AUTHORITATIVE_PORT"] = str(self.unbound.port)
        if self.knot:
            values["DEMO_DNS_SERVER"] = f"{self.knot.addresses[0]}:{self.knot.port}"
        for part in (self.pebble, self.haproxy, self.trunkfront):
            values |= part.settings if part else {}
        return values

    def write_environment(self) -> None:
        """Write the settings file, which every command of this checkout reads."""
        environment.write(self.file, self.settings())

    def write_parts(self, names: Sequence[str]) -> list[Part]:
        """Return the parts, these names first, and write them down for the demo's start page."""
        parts = [self.parts[name] for name in names if name in self.parts]
        parts += [part for name, part in self.parts.items() if name not in names]
        (self.directory / "parts.json").write_text(json.dumps([asdict(part) for part in parts], indent=1))
        return parts

    def watch(self, ended: threading.Event, say: Callable[[str], None]) -> None:
        """Start a server again when it dies, until told to end."""
        watch(lambda: [*([self.postgres] if self.postgres else []), *self.services], ended, say)

    def stop(self) -> None:
        """Stop all servers, the database last."""
        for service in reversed(self.services):
            service.stop()
        self.services.clear()
        if self.postgres:
            self.postgres.shut_down()

    def _port(self, wanted: int, *, udp: bool = False) -> int:
        return ports.choose_port(self.address, wanted, udp=udp)

    def _found(self, name: str, program: str, without: str) -> bool:
        if shutil.which(program):
            return True
        self.parts[name] = Part(name, MISSING, note=f"{program} is not installed: {without}")
        return False

    def _run(self, name: str, service: S, place: str, without: str) -> S | None:
        try:
            service.start()
        except ServiceFailed as error:
            reason = str(error).splitlines()[0]
            self.parts[name] = Part(name, FAILED, note=f"{reason} See {service.log}: {without}")
            self.failed.append(f"{name} did not start: {without}. Its log: {service.log}")
            return None
        with self._lock:
            self.services.append(service)
        self.parts[name] = Part(name, LIVE, place)
        return service


def table(parts: Sequence[Part]) -> str:
    """Return the parts as lines of text: name, state, address, note."""
    rows = [(part.name, part.state, part.address, part.note) for part in parts]
    widths = [max([len(row[column]) for row in rows] + [0]) for column in range(3)]
    cells = ([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]] for row in rows)
    return "\n".join(f"  {'  '.join(line)}".rstrip() for line in cells)
