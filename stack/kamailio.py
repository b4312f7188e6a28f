"""Start Kamailio as the switch: UDP for phones, and TCP behind the TLS front."""

from __future__ import annotations

import hashlib
import secrets
import socket
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from stack.ports import answers, free_port
from stack.process import Service

CONFIGURATION = Path(__file__).parent.parent / "deploy" / "kamailio.cfg"
SOCKET_PATH_LIMIT = 100  # bytes; a unix socket's path may have 107, and Kamailio adds to it
SETTINGS = """\
#!KAMAILIO
#!define DATABASE "{database}"
#!define DATABASE_CONNECTION "portal=>{database}"
#!define CONTROL "unix:{control}"
#!define TLS_PORT {tls_port}
#!define PLAIN_PORT {plain_port}
#!define BAN_AFTER {ban_after}
#!define SOURCE_BAN_AFTER {source_ban_after}
#!substdef "!BAN_SECONDS_TEXT!{ban_seconds}!g"
#!substdef "!BAN_SECONDS!{ban_seconds}!g"
#!substdef "!TLS_INSIDE!{address}:{tls_port}!g"
#!substdef "!TLS_OUTSIDE!{tls_name}!g"
#!substdef "!PLAIN_INSIDE!{address}:{plain_port}!g"
#!substdef "!PLAIN_OUTSIDE!{plain_name}!g"
#!substdef "!ROUTE_SECRET!{route_secret}!g"
#!substdef "!NODE_NAME!{node}!g"
{emergency}
{trunks}
{controller}
{media}
children={workers}
tcp_children={workers}
listen=udp:{address}:{port}
listen=tcp:{address}:{tls_port}
listen=tcp:{address}:{plain_port}
alias={tls_name}
alias={plain_name}
include_file "{configuration}"
"""
CONTROLLER = """\
#!define CONTROLLER "sip:{place}"
#!define CONTROLLER_ADDRESS "{address}"
#!substdef "!CONTROLLER_SECRET!{secret}!g"
"""
TRUNKS = """\
#!substdef "!TRUNKS_ADDRESS!{address}!g"
#!define TRUNKS_PORT {port}
"""
MEDIA = """\
#!define MEDIA "udp:{place}"
#!define OURSELVES "{address}:{port}"
#!substdef "!PROMPTS!{prompts}!g"
"""


class Kamailio(Service):
    """Run the switch on an address of its own.

    `database` is the URL of the role kamailio. `tls_port` and `plain_port` are TCP ports that believe a PROXY
    header: only the TLS front may reach them, so phones on TCP come through it as well. `tls_name` and `plain_name`
    are the host and port that phones know the two as; `emergency_gateway` takes 112 when the database is away.
    `controller` is the address and port of the call controller, if calls go through one; `trunks` those of the HAProxy
    that calls leave through by TLS; `media` those of the media relay, and `prompts` where it finds what is said once a
    code was dialled, if that is to be spoken.
    """

    name = "kamailio"

    def __init__(
        self,
        directory: Path,
        *,
        database: str,
        address: str = "127.0.0.1",
        port: int = 5060,
        tls_port: int | None = None,
        plain_port: int | None = None,
        ban_after: int = 5,
        source_ban_after: int = 30,
        ban_seconds: int = 600,
        workers: int = 4,
        tls_name: str = "",
        plain_name: str = "",
        emergency_gateway: str = "",
        controller: str = "",
        trunks: str = "",
        media: str = "",
        prompts: Path | None = None,
    ) -> None:
        super().__init__(directory, env={"TZ": "UTC"})
        self.database = database
        self.address = address
        self.port = port
        self.tls_port = tls_port or free_port(address)
        self.plain_port = plain_port or free_port(address)
        self.ban_after = ban_after
        self.source_ban_after = source_ban_after
        self.ban_seconds = ban_seconds
        self.workers = workers
        self.tls_name = tls_name or f"{address}:443"
        self.plain_name = plain_name or f"{address}:5060"
        self.emergency_gateway = emergency_gateway
        self.controller = controller
        self.trunks = trunks
        self.media = media
        self.prompts = prompts

    @property
    def control(self) -> Path:
        """The unix socket that kamcmd speaks to."""
        path = self.directory / "kamailio.sock"
        if len(str(path)) <= SOCKET_PATH_LIMIT:
            return path
        mark = hashlib.sha256(str(self.directory).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"kamailio-{mark}.sock"

    @property
    def controller_secret(self) -> str:
        """What the switch and its controller know one another by."""
        return hashlib.sha256(f"controller {self.database} {self.directory}".encode()).hexdigest()

    def configure(self) -> None:
        parts = urlsplit(self.database)
        text = SETTINGS.format(
            # Kamailio reads a password as it stands, without percent signs.
            database=f"postgres://{parts.netloc}{parts.path}",
            control=self.control,
            address=self.address,
            port=self.port,
            tls_port=self.tls_port,
            plain_port=self.plain_port,
            ban_after=self.ban_after,
            source_ban_after=self.source_ban_after,
            ban_seconds=self.ban_seconds,
            workers=self.workers,
            tls_name=self.tls_name,
            plain_name=self.plain_name,
            # Calls go on over a restart, so the secret of their routes is the same after it.
            route_secret=hashlib.sha256(f"{self.database} {self.directory}".encode()).hexdigest(),
            node=f"{self.address}:{self.port}".encode().hex(),
            emergency=f'#!define EMERGENCY_GATEWAY "{self.emergency_gateway}"'
            if self.emergency_gateway
            else "",
            trunks=TRUNKS.format(address=self.trunks.partition(":")[0], port=self.trunks.partition(":")[2])
            if self.trunks
            else "",
            media=MEDIA.format(place=self.media, address=self.address, port=self.port, prompts=self.prompts)
            if self.media and self.prompts
            else "",
            controller=CONTROLLER.format(
                place=self.controller,
                address=self.controller.partition(":")[0],
                secret=self.controller_secret,
            )
            if self.controller
            else "",
            configuration=CONFIGURATION,
        )
        self._configuration.touch(mode=0o600)
        self._configuration.write_text(text)

    def arguments(self) -> list[str]:
        return [
            "kamailio", "-DD", "-E", "-m", "64", "-M", "16",
            "-f", str(self._configuration), "-Y", str(self.directory),
        ]  # fmt: skip

    def check(self) -> bool:
        # Those who listen for TCP begin last, and die with the switch when the database goes away under them.
        return answers(self.address, self.tls_port) and self.speaks_sip() and self.speaks_sip("TCP")

    def speaks_sip(self, transport: str = "UDP", timeout: float = 1.0) -> bool:
        """Tell whether OPTIONS is answered with 200, by TCP as the TLS front sends it."""
        kind = socket.SOCK_DGRAM if transport == "UDP" else socket.SOCK_STREAM
        with socket.socket(socket.AF_INET, kind) as client:
            client.settimeout(timeout)
            client.bind((self.address, 0))
            host, port = client.getsockname()
            mark = secrets.token_hex(8)
            there = self.address, self.port if transport == "UDP" else self.plain_port
            lines = [
                *([f"PROXY TCP4 {host} {there[0]} {port} {there[1]}"] if transport == "TCP" else []),
                f"OPTIONS sip:{self.address}:{self.port} SIP/2.0",
                f"Via: SIP/2.0/{transport} {host}:{port};branch=z9hG4bK{mark};rport",
                "Max-Forwards: 70",
                f"From: <sip:health@{host}>;tag={mark}",
                f"To: <sip:health@{self.address}>",
                f"Call-ID: {mark}",
                "CSeq: 1 OPTIONS",
                "Content-Length: 0",
                "",
                "",
            ]
            try:
                client.connect(there)
                client.sendall("\r\n".join(lines).encode())
                return client.recv(4096).startswith(b"SIP/2.0 200")
            except OSError:
                return False

    @property
    def _configuration(self) -> Path:
        return self.directory / "kamailio.settings.cfg"
