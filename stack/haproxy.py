"""Start HAProxy as the TLS front: certificates by SNI, SIP to Kamailio, HTTP to the portal."""

from __future__ import annotations

import hashlib
import resource
import socket
from pathlib import Path
from string import Template

from stack.authority import Authority, write_private
from stack.ports import answers
from stack.process import Service

CONFIGURATION = Path(__file__).parent.parent / "deploy" / "haproxy.cfg"
PLAIN_CONFIGURATION = CONFIGURATION.with_name("haproxy-plain-sip.cfg")
PORTAL_CONFIGURATION = CONFIGURATION.with_name("haproxy-plain-portal.cfg")
MOST_CONNECTIONS = 10_000
SPARE_DESCRIPTORS = 200  # listeners, log, runtime API, certificates while they load


class HAProxy(Service):
    """Run the TLS front on an address of its own.

    `sip_server` and `web_server` are "host:port" of Kamailio's PROXY port and of the portal; `plain_sip_server` is
    Kamailio's PROXY port for phones without TLS, who are let in at `sip_port` when it is given. Certificates of
    customers live in `certificates` and survive a restart; the list begins with that of `default_names`. `live_server`
    is the process of streams, and with `portal_port` the portal answers without TLS too, on 127.0.0.1.
    """

    name = "haproxy"

    def __init__(
        self,
        directory: Path,
        *,
        sip_server: str,
        web_server: str,
        plain_sip_server: str = "",
        live_server: str = "",
        portal_port: int = 0,
        address: str = "127.0.0.1",
        https_port: int = 443,
        sips_port: int = 5061,
        http_port: int = 80,
        sip_port: int = 5060,
        default_names: tuple[str, ...] = ("sip.flexskype.dk",),
        portal: str = "myfone.flexskype.dk",
        authority: Authority | None = None,
    ) -> None:
        super().__init__(directory)
        self.sip_server = sip_server
        self.web_server = web_server
        self.plain_sip_server = plain_sip_server
        # Without a process of streams the portal answers in its place.
        self.live_server = live_server or web_server
        self.portal_port = portal_port
        self.address = address
        self.https_port = https_port
        self.sips_port = sips_port
        self.http_port = http_port
        self.sip_port = sip_port
        self.default_names = default_names
        self.portal = portal
        self.authority = authority or Authority(self.directory / "authority")

    @property
    def certificates(self) -> Path:
        """Return the directory (TLSFRONT_DIRECTORY) of the PEM files and of `crt-list.txt`."""
        return self.directory / "certificates"

    @property
    def crt_list(self) -> Path:
        return self.certificates / "crt-list.txt"

    @property
    def socket(self) -> Path:
        """Return the runtime API's socket (TLSFRONT_SOCKET)."""
        # A path of a socket ends at 97 characters, and the directory of a test is longer than that.
        path = self.directory / "haproxy.sock"
        return path if len(str(path)) < 90 else Path("/tmp") / f"haproxy-{self._mark}.sock"

    @property
    def settings(self) -> dict[str, str]:
        """Return what the portal's processes must know of it."""
        return {
            "TLSFRONT_SOCKET": str(self.socket),
            "TLSFRONT_DIRECTORY": str(self.certificates),
            "TLSFRONT_HTTP_PORT": str(self.http_port),
            "TLSFRONT_CONNECT": f"{self.address}:{self.https_port}",
        }

    def configure(self) -> None:
        self.certificates.mkdir(mode=0o700, exist_ok=True)
        default = self.certificates / "default.pem"
        if not default.exists():
            certificate, key = self.authority.issue(self.default_names)
            write_private(default, certificate + key)
        if not self.crt_list.exists():
            self.crt_list.write_text(f"{default}\n")
        text = Template(CONFIGURATION.read_text()).substitute(
            socket=self.socket,
            maxconn=connections(),
            address=self.address,
            https_port=self.https_port,
            sips_port=self.sips_port,
            http_port=self.http_port,
            certificates=self.crt_list,
            portal=self.portal,
            sip_server=self.sip_server,
            web_server=self.web_server,
            live_server=self.live_server,
            loop=f"myfone-{self._mark}",
        )
        if self.plain_sip_server:
            values = {"address": self.address, "port": self.sip_port, "server": self.plain_sip_server}
            text += Template(PLAIN_CONFIGURATION.read_text()).substitute(values)
        if self.portal_port:
            text += Template(PORTAL_CONFIGURATION.read_text()).substitute(port=self.portal_port)
        self._configuration.write_text(text)

    def arguments(self) -> list[str]:
        return ["haproxy", "-db", "-f", str(self._configuration)]

    def check(self) -> bool:
        listening = [self.https_port, self.sips_port, self.http_port]
        if self.plain_sip_server:
            listening.append(self.sip_port)
        if self.portal_port and not answers("127.0.0.1", self.portal_port):
            return False
        return all(answers(self.address, port) for port in listening) and bool(self.ask("show info"))

    def ask(self, command: str) -> str:
        """Return the runtime API's answer to one command; empty when nobody listens."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5)
                connection.connect(str(self.socket))
                connection.sendall(f"{command}\n".encode())
                return b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        except OSError:
            return ""

    @property
    def _configuration(self) -> Path:
        return self.directory / "haproxy.cfg"

    @property
    def _mark(self) -> str:
        return hashlib.sha256(str(self.directory).encode()).hexdigest()[:12]


def connections() -> int:
    """Return how many connections the descriptors of this process's children suffice for."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_CONNECTIONS if hard == resource.RLIM_INFINITY else (hard - SPARE_DESCRIPTORS) // 2
    return max(100, min(MOST_CONNECTIONS, most))
