"""Ask the call controller over its Unix socket: a line of JSON each way, a connection for each question."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.conf import settings

from myfone.kernel.gateways import GatewayError
from telephony.gateways.controller import ControlRefused, Controls, Outcome, OwnPhone, Place

TIMEOUT = 2.0  # seconds; the controller answers at once, also to what takes its time
MOST_OF_AN_ANSWER = 1 << 20


class SocketCallControl:
    """Reach the controller that listens at a path."""

    label = "Call controller"

    def __init__(self, path: str) -> None:
        self.path = path

    def hang_up(self, at: Place) -> str:
        return self._begin("hang_up", at=asdict(at))

    def send_to(self, at: Place, number: str, *, keep: str = "other") -> str:
        return self._begin("send_to", at=asdict(at), number=number, keep=keep)

    def join(self, at: Place, other: Place) -> str:
        return self._begin("join", at=asdict(at), other=asdict(other))

    def call(self, phone: OwnPhone, number: str, *, auto: bool = True) -> str:
        return self._begin("call", phone=asdict(phone), number=number, auto=auto)

    def pull(self, at: Place, phone: OwnPhone) -> str:
        return self._begin("pull", at=asdict(at), phone=asdict(phone))

    def hold(self, at: Place) -> str:
        return self._begin("hold", at=asdict(at))

    def resume(self, at: Place) -> str:
        return self._begin("resume", at=asdict(at))

    def outcome(self, customer: int, operation: str) -> Outcome:
        return Outcome(**self._ask("outcome", customer=customer, operation=operation))

    def controls(self, customer: int, calls: Sequence[str]) -> dict[str, Controls]:
        if not calls:
            return {}
        answer = self._ask("controls", customer=customer, calls=list(calls))
        return {
            call: Controls(frozenset(told["possible"]), told["why_not"], told["held"])
            for call, told in answer.items()
        }

    def _begin(self, operation: str, **asked: Any) -> str:
        return str(self._ask(operation, **asked)["operation"])

    def _ask(self, do: str, **asked: Any) -> dict[str, Any]:
        line = json.dumps({"do": do, **asked}).encode() + b"\n"
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(TIMEOUT)
                link.connect(self.path)
                link.sendall(line)
                with link.makefile("rb") as answers:
                    told = json.loads(answers.readline(MOST_OF_AN_ANSWER))
        except (OSError, ValueError) as error:
            raise GatewayError(f"The call controller does not answer: {type(error).__name__}") from error
        if "refused" in told:
            raise ControlRefused(told["refused"])
        answer: dict[str, Any] = told["answer"]
        return answer


def gateway() -> SocketCallControl:
    """Return the controller that the settings name."""
    return SocketCallControl(settings.ENVIRONMENT.controller_socket)
