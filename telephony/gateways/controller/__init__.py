"""Control calls that are up: hang up, send on, join, call, pull, hold; the controller carries it out with SIP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from myfone.kernel.gateways import GatewayError

OPERATIONS = frozenset({"hang_up", "send_to", "join", "pull", "hold", "resume"})
GOING = "going"


class ControlRefused(GatewayError):
    """Say why an operation did not begin; nothing has changed.

    `code` is `gone` (no such call of this customer), `direct` (the call does not run through the controller),
    `ringing` (only a call that was answered can do this), `busy_now` (another operation of the call is under way),
    `no_media` (the media relay is away) or `not_possible`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"the controller refused: {code}", permanent=True)
        self.code = code


@dataclass(frozen=True)
class Place:
    """One side of a call: its id as live rows bear it, and `initiator` or `recipient`, of a customer."""

    customer: int
    call: str
    side: str


@dataclass(frozen=True)
class OwnPhone:
    """A phone that signs in: its address user@domain, its id, and its customer's."""

    customer: int
    address: str
    phone: int


@dataclass(frozen=True)
class Outcome:
    """What became of an operation.

    `result` is `going` until it is one of `done`, `busy`, `no_answer`, `refused`, `unknown` (no such number or phone),
    `no_codec` (their phones have no sound format in common), `gone` (somebody hung up meanwhile) and `failed`; all but
    `done` leave the call as it was. `status` is the SIP status that said so, or 0.
    """

    result: str
    status: int = 0


@dataclass(frozen=True)
class Controls:
    """What can be done with a call now, and why not more: '', `direct`, `ringing`, `going` or `no_media`.

    `held` names the side that has put the call on hold, or nothing.
    """

    possible: frozenset[str] = frozenset()
    why_not: str = ""
    held: str = ""


class CallControl(Protocol):
    """Operate on calls; each operation returns its id once it has begun, and is asked for its outcome by that.

    Operations raise ControlRefused when they cannot begin, and GatewayError when the controller does not answer.
    """

    label: str
    """What a person reads for this controller; a stand-in says that it is one."""

    def hang_up(self, at: Place) -> str:
        """End the call, whether it rings or was answered."""
        ...

    def send_to(self, at: Place, number: str, *, keep: str = "other") -> str:
        """Let one side of the call talk to a number: the other one, or (`mine`) my own; who is left is hung up."""
        ...

    def join(self, at: Place, other: Place) -> str:
        """Let those talk with whom I have these two calls, and hang up mine."""
        ...

    def call(self, phone: OwnPhone, number: str, *, auto: bool = True) -> str:
        """Ring a phone of mine, and when it is taken the number; with `auto` the phone is asked to answer by itself."""
        ...

    def pull(self, at: Place, phone: OwnPhone) -> str:
        """Go on with my call at another phone of mine."""
        ...

    def hold(self, at: Place) -> str:
        """Let the other side hear music, and neither hear the other."""
        ...

    def resume(self, at: Place) -> str:
        """Let both hear each other again."""
        ...

    def outcome(self, customer: int, operation: str) -> Outcome:
        """Return what became of an operation of the last two minutes; ControlRefused('gone') for any other."""
        ...

    def controls(self, customer: int, calls: Sequence[str]) -> dict[str, Controls]:
        """Return what can be done with each of these calls."""
        ...
