"""A controller that says nothing: what a switch does with calls that it gives to one."""

from __future__ import annotations

import re
import secrets
import socket
import threading
from contextlib import suppress

from stack.kamailio import Kamailio
from telephony.controller.tickets import HEADER, Ticket


class Mute(threading.Thread):
    """A controller that is there and says 100 to every call, and then nothing; what it was sent is in `invites`."""

    def __init__(self, switch: Kamailio) -> None:
        super().__init__(daemon=True)
        host, _, port = switch.controller.partition(":")
        self.switch = switch
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, int(port)))
        self.socket.settimeout(0.2)
        self.is_over = False
        self.invites = 0
        self.beats = 0

    def run(self) -> None:
        while not self.is_over:
            with suppress(TimeoutError):
                said = self.socket.recv(65536).decode()
                if said.startswith("SIP/2.0 200"):
                    self.beats += 1
                if said.startswith("INVITE"):
                    self.invites += 1
                    kept = [
                        ln for ln in said.split("\r\n") if re.match(r"(?i)(via|from|to|call-id|cseq):", ln)
                    ]
                    self._say("\r\n".join(["SIP/2.0 100 Trying", *kept, "Content-Length: 0", "", ""]))
            self._beat()

    def _beat(self) -> None:
        host, port = self.socket.getsockname()
        call_id = secrets.token_hex(8)
        lines = [
            f"INFO sip:controller@{self.switch.address} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{call_id}",
            f"From: <sip:controller@{host}>;tag=a",
            f"To: <sip:controller@{host}>",
            f"Call-ID: {call_id}",
            "CSeq: 1 INFO",
            "Max-Forwards: 70",
            f"{HEADER}: {Ticket(kind='beat').sealed(call_id, self.switch.controller_secret)}",
        ]
        self._say("\r\n".join([*lines, "Content-Length: 0", "", ""]))

    def _say(self, message: str) -> None:
        self.socket.sendto(message.encode(), (self.switch.address, self.switch.port))
