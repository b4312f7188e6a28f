"""Start rtpengine in userspace: it relays the sound of calls, and plays to who waits."""

from __future__ import annotations

import secrets
import socket
import subprocess
import sys
from pathlib import Path

from stack.ports import free_port
from stack.process import Service


class RtpEngine(Service):
    """Relay RTP on an address of its own; `ng` is where it is told what to do (UDP), `ports` those of the sound.

    With `speaks`, `prompts` is filled with music for queues, and with what codes say where espeak-ng is there; nobody
    waits for that, and what is missing is done without.
    """

    name = "rtpengine"

    def __init__(
        self,
        directory: Path,
        *,
        address: str = "127.0.0.1",
        ng_port: int | None = None,
        ports: tuple[int, int] = (30000, 39998),
        speaks: bool = False,
    ) -> None:
        super().__init__(directory)
        self.speaks = speaks
        self.speaking: subprocess.Popen[bytes] | None = None
        self.address = address
        self.ng = (address, ng_port or free_port(address, udp=True))
        self.ports = ports

    @property
    def prompts(self) -> Path:
        """Where the phrases of codes are."""
        return self.directory / "prompts"

    def ready(self, deadline: float | None = None) -> None:
        super().ready(deadline)
        if self.speaks:
            self._say_no_more()
            self.speaking = subprocess.Popen(
                [sys.executable, "-m", "telephony.prompts", str(self.prompts)],
                cwd=Path(__file__).parent.parent,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def stop(self) -> None:
        self._say_no_more()
        super().stop()

    def _say_no_more(self) -> None:
        if self.speaking:
            self.speaking.terminate()
            self.speaking.wait()
            self.speaking = None

    def arguments(self) -> list[str]:
        low, high = self.ports
        return [
            "rtpengine", "--foreground", "--log-stderr", "--log-level=4",
            # The machine's own file names other ports; a table is the kernel's, which needs a module.
            "--config-file=none", "--table=-1", "--num-threads=2",
            f"--interface={self.address}", f"--listen-ng={self.ng[0]}:{self.ng[1]}", "--listen-cli=0",
            f"--port-min={low}", f"--port-max={high}", "--delete-delay=0",
        ]  # fmt: skip

    def check(self) -> bool:
        cookie = secrets.token_hex(4).encode()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.3)
            try:
                client.connect(self.ng)
                client.send(cookie + b" d7:command4:pinge")
                return client.recv(2048).startswith(cookie + b" d6:result4:pong")
            except OSError:
                return False
