"""Stand in for the call controller: calls are told to it, and operations come to what a test has scripted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from myfone.kernel.gateways import GatewayError
from telephony.gateways.controller import (
    GOING,
    OPERATIONS,
    ControlRefused,
    Controls,
    Outcome,
    OwnPhone,
    Place,
)

LABEL = "Call controller – stand-in"
NEEDS_AN_ANSWER = OPERATIONS - {"hang_up"}


@dataclass
class KnownCall:
    """A call of this stand-in; `customers` are those of its two sides."""

    customers: dict[str, int]
    is_up: bool = True
    held: str = ""
    going: bool = False


@dataclass
class FakeCallControl:
    """Keep calls in memory. `comes_to` scripts outcomes by operation; what is not scripted is done."""

    label: str = LABEL
    calls: dict[str, KnownCall] = field(default_factory=dict)
    scripted: dict[str, Outcome] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    is_away: bool = False
    media_is_away: bool = False
    _outcomes: dict[str, tuple[int, Outcome]] = field(default_factory=dict)
    _ids: Any = field(default_factory=lambda: count(1))

    def knows(self, call: str, *, initiator: int = 0, recipient: int = 0, is_up: bool = True) -> None:
        """Let a call run through the controller, between phones of these customers (0: an outside number)."""
        self.calls[call] = KnownCall({"initiator": initiator, "recipient": recipient}, is_up)

    def comes_to(self, operation: str, result: str, status: int = 0) -> None:
        """Let later operations of this kind come to that."""
        self.scripted[operation] = Outcome(result, status)

    def ends(self, operation: str, result: str, status: int = 0) -> None:
        """Let an operation that is under way come to its end."""
        customer, _ = self._outcomes[operation]
        self._outcomes[operation] = (customer, Outcome(result, status))
        for call in self.calls.values():
            call.going = False

    def hang_up(self, at: Place) -> str:
        self._mine("hang_up", at)
        operation = self._begin("hang_up", at.customer, at=at)
        del self.calls[at.call]
        return operation

    def send_to(self, at: Place, number: str, *, keep: str = "other") -> str:
        call = self._mine("send_to", at)
        operation = self._begin("send_to", at.customer, call, at=at, number=number, keep=keep)
        if self._outcomes[operation][1].result == "done" and keep == "other":
            call.customers[at.side] = 0
        return operation

    def join(self, at: Place, other: Place) -> str:
        call, second = self._mine("join", at), self._mine("join", other)
        if call is second:
            raise ControlRefused("not_possible")
        return self._begin("join", at.customer, call, at=at, other=other)

    def call(self, phone: OwnPhone, number: str, *, auto: bool = True) -> str:
        self._answers()
        return self._begin("call", phone.customer, phone=phone, number=number, auto=auto)

    def pull(self, at: Place, phone: OwnPhone) -> str:
        call = self._mine("pull", at)
        if phone.customer != at.customer:
            raise ControlRefused("gone")
        return self._begin("pull", at.customer, call, at=at, phone=phone)

    def hold(self, at: Place) -> str:
        return self._hold("hold", at, at.side)

    def resume(self, at: Place) -> str:
        return self._hold("resume", at, "")

    def outcome(self, customer: int, operation: str) -> Outcome:
        self._answers()
        owner, outcome = self._outcomes.get(operation, (0, Outcome(GOING)))
        if owner != customer:
            raise ControlRefused("gone")
        return outcome

    def controls(self, customer: int, calls: Sequence[str]) -> dict[str, Controls]:
        self._answers()
        return {name: self._controls(customer, self.calls.get(name)) for name in calls}

    def _controls(self, customer: int, call: KnownCall | None) -> Controls:
        if call is None or customer not in call.customers.values():
            return Controls(why_not="direct")
        if not call.is_up:
            return Controls(frozenset({"hang_up"}), "ringing")
        if call.going:
            return Controls(frozenset({"hang_up"}), GOING, call.held)
        possible = OPERATIONS - {"hold" if call.held else "resume"}
        if self.media_is_away:
            return Controls(possible - {"hold", "resume"}, "no_media", call.held)
        return Controls(possible, "", call.held)

    def _answers(self) -> None:
        if self.is_away:
            raise GatewayError("The call controller does not answer")

    def _mine(self, operation: str, at: Place) -> KnownCall:
        self._answers()
        call = self.calls.get(at.call)
        if call is None or call.customers.get(at.side) != at.customer:
            raise ControlRefused("gone")
        if operation in NEEDS_AN_ANSWER and not call.is_up:
            raise ControlRefused("ringing")
        if operation in NEEDS_AN_ANSWER and call.going:
            raise ControlRefused("busy_now")
        return call

    def _hold(self, operation: str, at: Place, held: str) -> str:
        call = self._mine(operation, at)
        if self.media_is_away:
            raise ControlRefused("no_media")
        if bool(call.held) == bool(held):
            raise ControlRefused("not_possible")
        begun = self._begin(operation, at.customer, call, at=at)
        if self._outcomes[begun][1].result == "done":
            call.held = held
        return begun

    def _begin(self, operation: str, customer: int, call: KnownCall | None = None, **asked: Any) -> str:
        number = str(next(self._ids))
        outcome = self.scripted.get(operation, Outcome("done"))
        self.asked.append((operation, asked))
        self._outcomes[number] = (customer, outcome)
        if call is not None:
            call.going = outcome.result == GOING
        return number


def gateway() -> FakeCallControl:
    """Return a stand-in that no call runs through."""
    return FakeCallControl()
