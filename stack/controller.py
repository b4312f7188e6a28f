"""Start the call controller, which calls between phones go through."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

from stack.ports import free_port, socket_path
from stack.process import Service

ROOT = Path(__file__).resolve().parents[1]


class Controller(Service):
    """Run the controller beside a switch.

    `edge` is the switch's UDP port, `secret` what they know one another by, `media` rtpengine's ng port if there is
    one; `socket` is where the portal asks.
    """

    name = "controller"

    def __init__(
        self,
        directory: Path,
        *,
        edge: str,
        secret: str,
        address: str = "127.0.0.1",
        port: int | None = None,
        media: tuple[str, int] | None = None,
    ) -> None:
        super().__init__(directory)
        self.place = f"{address}:{port or free_port(address, udp=True)}"
        self.socket = socket_path(self.directory / "controller.sock")
        self.cwd = ROOT
        self.env = {
            "CONTROLLER_LISTEN": self.place,
            "CONTROLLER_EDGE": edge,
            "CONTROLLER_SECRET": secret,
            "CONTROLLER_SOCKET": str(self.socket),
            "CONTROLLER_STATE": str(self.directory / "state"),
            "CONTROLLER_MEDIA": f"{media[0]}:{media[1]}" if media else "",
        }

    def configure(self) -> None:
        # One that was killed leaves its socket behind, and nobody listens there.
        self.socket.unlink(missing_ok=True)

    def arguments(self) -> list[str]:
        return [sys.executable, "-m", "telephony.controller"]

    def check(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1.0)
                client.connect(str(self.socket))
                client.sendall(json.dumps({"do": "controls", "customer": 0, "calls": []}).encode() + b"\n")
                return client.recv(4096).startswith(b'{"answer"')
        except OSError:
            return False
