"""Start the HAProxy that calls leave through by TLS; the portal writes which trunks it has."""

from __future__ import annotations

import hashlib
import socket
import tempfile
from pathlib import Path
from string import Template

from stack.ports import answers
from stack.process import Service

CONFIGURATION = Path(__file__).parent.parent / "deploy" / "haproxy-trunks.cfg"
SOCKET_PATH_LIMIT = 70  # bytes of the folder's path; HAProxy adds the process's number to that of a socket


class TrunkFront(Service):
    """Run it at an address that the switch alone reaches.

    `port` answers what is in force, and a trunk listens at that plus its id. What the portal has written last is read
    again at the next start.
    """

    name = "trunkfront"

    def __init__(self, directory: Path, *, address: str = "127.0.0.1", port: int = 20000) -> None:
        super().__init__(directory)
        self.address = address
        self.port = port

    @property
    def folder(self) -> Path:
        """Return where its files and sockets are (TRUNKS_DIRECTORY)."""
        if len(str(self.directory)) <= SOCKET_PATH_LIMIT:
            return self.directory
        mark = hashlib.sha256(str(self.directory).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"trunks-{mark}"

    @property
    def place(self) -> str:
        """Return its address and first port (TRUNKS_LISTEN)."""
        return f"{self.address}:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """Return what the portal's processes must know of it."""
        return {"TRUNKS_DIRECTORY": str(self.folder), "TRUNKS_LISTEN": self.place}

    def configure(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        written = self.folder / "trunks.cfg"
        if not written.exists():
            values = {"directory": self.folder, "address": self.address, "port": self.port, "mark": "none"}
            written.write_text(Template(CONFIGURATION.read_text()).substitute(values))

    def arguments(self) -> list[str]:
        master = self.folder / "master.sock"
        return ["haproxy", "-W", "-S", f"{master},mode,600", "-f", str(self.folder / "trunks.cfg")]

    def check(self) -> bool:
        """Tell whether it listens, and its master, which is told of new trunks, knows the process that does."""
        # The file of the master's socket stays behind after a kill, so that it is there says nothing.
        return answers(self.address, self.port) and any(
            line.split()[1:2] == ["worker"] for line in self.ask_master("show proc").splitlines()
        )

    def ask_master(self, command: str) -> str:
        """Return the master's answer to one command; empty when it does not listen."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5)
                connection.connect(str(self.folder / "master.sock"))
                connection.sendall(f"{command}\n".encode())
                # It waits for the next command otherwise.
                connection.shutdown(socket.SHUT_WR)
                return b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        except OSError:
            return ""
