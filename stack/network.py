"""Run the stand-in of the public network, which the demo's trunk leads to."""

from __future__ import annotations

import sys
from pathlib import Path

from stack.process import Service


class Network(Service):
    """Answer what the switch sends out of its trunk; `address` is the one that the trunk is known by."""

    name = "network"

    def __init__(self, directory: Path, *, address: str, port: int, switch: str, switch_port: int) -> None:
        super().__init__(directory)
        self.address = address
        self.port = port
        self.switch = f"{switch}:{switch_port}"

    def configure(self) -> None:
        self.env["PYTHONPATH"] = str(Path(__file__).parents[1])
        # What an earlier start said is not what this one says.
        self.log.unlink(missing_ok=True)

    def arguments(self) -> list[str]:
        switch, _, port = self.switch.rpartition(":")
        return [sys.executable, "-m", "demo.sipclient.network", self.address, str(self.port), switch, port]

    def check(self) -> bool:
        return self.running and "It listens." in self.tail()
