"""Take what the portal asks, over a Unix socket: a line of JSON each way. See telephony/gateways/controller."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import socketserver
import threading
import time
from pathlib import Path
from typing import Any

from sippy.Core.EventDispatcher import ED2

from telephony.controller.calls import INITIATOR, Call
from telephony.controller.engine import Engine, may_call
from telephony.controller.holding import hold, resume
from telephony.controller.legs import Leg
from telephony.controller.ng import MediaAway, MediaRefused
from telephony.controller.operations import Done, Join, Reach, Ring
from telephony.controller.tickets import Ticket

log = logging.getLogger("controller")
KEPT = 120  # seconds that outcomes are kept
ALL = ("hang_up", "send_to", "join", "pull", "hold", "resume")


class Refused(Exception):
    """The operation does not begin; its argument is the code."""


class Desk:
    """Operations for the portal. Customers are checked here: a call of others is not there."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._numbers = itertools.count(1)
        self._mark = f"{int(time.time()):x}"
        self._outcomes: dict[str, tuple[int, str, int, float]] = {}

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return what a line asks for, or why not."""
        try:
            do = asked["do"]
            if do == "controls":
                return {"answer": {call: self._controls(asked["customer"], call) for call in asked["calls"]}}
            if do == "outcome":
                return {"answer": self._outcome(asked["customer"], asked["operation"])}
            if do not in (*ALL, "call"):
                raise Refused("not_possible")
            return {"answer": {"operation": getattr(self, f"_{do}")(asked)}}
        except Refused as refused:
            return {"refused": str(refused)}
        except (MediaAway, MediaRefused):
            return {"refused": "no_media"}
        except (KeyError, TypeError, ValueError):
            log.exception("the portal asked for something that is not understood")
            return {"refused": "not_possible"}

    # What is there.

    def _controls(self, customer: int, name: str) -> dict[str, Any]:
        call = self.engine.calls.get(name)
        if call is None and (reach := self._reaching(name)) and customer:
            clicked = reach.dropped is None and reach.keep.customer == customer
            return {"possible": ["hang_up"] if clicked else [], "why_not": "ringing", "held": ""}
        if call is None or not customer or customer not in [leg.customer for leg in call.legs()]:
            return {"possible": [], "why_not": "direct", "held": ""}
        why, possible = "", set(ALL) - {"hold" if call.held else "resume"}
        if not call.is_up:
            why, possible = "ringing", {"hang_up"}
        elif call.going is not None:
            why, possible = "going", {"hang_up"}
        elif not call.room.relays:
            why, possible = "no_media", possible - {"hold", "resume"}
        return {"possible": sorted(possible), "why_not": why, "held": call.held}

    def _outcome(self, customer: int, operation: str) -> dict[str, Any]:
        owner, result, status, _ = self._outcomes.get(operation, (0, "", 0, 0.0))
        if owner != customer or not customer:
            raise Refused("gone")
        return {"result": result, "status": status}

    # What begins.

    def _hang_up(self, asked: dict[str, Any]) -> str:
        call, leg = self._mine(asked["at"], rings=True)
        operation, done = self._begins(asked["at"])
        going = call.going
        if not call.is_up and leg.identity is not None and leg.identity.kind == "offer":
            # A caller who gives up does not wait on.
            leg.refuse(487, "Request Terminated")
        call.end(leg)
        if isinstance(going, Reach | Ring):
            going.done("gone", 0)
        done("done", 200)
        return operation

    def _send_to(self, asked: dict[str, Any]) -> str:
        call, leg = self._mine(asked["at"])
        number = str(asked["number"]).lower()
        if not may_call(number):
            raise Refused("not_possible")
        operation, done = self._begins(asked["at"])
        keep = leg if asked.get("keep") == "mine" else call.other(leg)
        self.engine.reach(call, leg, number, done, keep=keep)
        return operation

    def _join(self, asked: dict[str, Any]) -> str:
        call, leg = self._mine(asked["at"])
        other, too = self._mine(asked["other"])
        if other is call:
            raise Refused("not_possible")
        operation, done = self._begins(asked["at"])
        Join(call, leg, other, too, done).begin()
        return operation

    def _pull(self, asked: dict[str, Any]) -> str:
        call, leg = self._mine(asked["at"])
        ticket, user, host = self._phone(asked["phone"], asked["at"]["customer"])
        operation, done = self._begins(asked["at"])
        keep = call.other(leg)
        assert keep is not None
        reach = Reach(call, keep, done, fetches=True)
        reach.reached.identity, reach.reached.customer = ticket, ticket.customer
        reach.reached.shown = leg.shown or leg.number
        reach.begin(user, ticket.of_kind("own"), shows=keep.shown or keep.number, host=host, auto=True)
        return operation

    def _call(self, asked: dict[str, Any]) -> str:
        number = str(asked["number"]).lower()
        if not may_call(number):
            raise Refused("not_possible")
        if not self.engine.media.is_there:
            raise Refused("no_media")
        ticket, user, host = self._phone(asked["phone"], asked["phone"]["customer"])
        # A second click would ring the phone a second time, and call twice.
        going = (call.going for call in self.engine.calls.values())
        if any(isinstance(one, Ring) and one.phone.identity == ticket for one in going):
            raise Refused("busy_now")
        operation, done = self._begins(asked["phone"])
        call, phone = Call(self.engine), Leg(self.engine)
        phone.identity, phone.customer = ticket, ticket.customer
        phone.host = host

        def then() -> None:
            phone.shown = user
            Reach(call, phone, done).begin(number, ticket.of_kind("call"), shows=user, host=host)

        ring = Ring(call, phone, done, then)
        ring.begin(user, ticket.of_kind("own"), shows=number, host=host, auto=bool(asked.get("auto", True)))
        return operation

    def _hold(self, asked: dict[str, Any]) -> str:
        call, leg = self._mine(asked["at"])
        if call.held:
            raise Refused("not_possible")
        hold(call, leg)
        operation, done = self._begins(asked["at"])
        done("done", 200)
        return operation

    def _resume(self, asked: dict[str, Any]) -> str:
        call, _ = self._mine(asked["at"])
        if not call.held:
            raise Refused("not_possible")
        resume(call)
        operation, done = self._begins(asked["at"])
        done("done", 200)
        return operation

    def _mine(self, at: dict[str, Any], *, rings: bool = False) -> tuple[Call, Leg]:
        call = self.engine.calls.get(at["call"])
        leg = call.sides.get(at["side"]) if call else None
        if call is None and rings and (reach := self._reaching(at["call"])) and reach.dropped is None:
            call, leg = reach.call, reach.keep if at["side"] == INITIATOR else None
        if call is None or leg is None or not at["customer"] or leg.customer != at["customer"]:
            raise Refused("gone")
        if not call.is_up and not rings:
            raise Refused("ringing")
        if call.going is not None and not rings:
            raise Refused("busy_now")
        return call, leg

    def _reaching(self, name: str) -> Reach | None:
        """Return the operation that rings somebody in a call of this name, which is none of ours until they answer."""
        operations = (call.going for call in self.engine.calls.values())
        return next(
            (one for one in operations if isinstance(one, Reach) and one.reached.key[0] == name),
            None,
        )

    def _phone(self, phone: dict[str, Any], customer: int) -> tuple[Ticket, str, str]:
        user, _, host = str(phone["address"]).lower().partition("@")
        if phone["customer"] != customer or not customer or not user or not host:
            raise Refused("gone")
        ticket = Ticket(domain=host, user=user, phone=int(phone["phone"]), customer=customer)
        return ticket, user, host

    def _begins(self, at: dict[str, Any]) -> tuple[str, Done]:
        now = time.monotonic()
        self._outcomes = {name: kept for name, kept in self._outcomes.items() if now - kept[3] < KEPT}
        operation = f"{self._mark}-{next(self._numbers)}"
        customer = int(at["customer"])
        self._outcomes[operation] = (customer, "going", 0, now)

        def done(result: str, status: int) -> None:
            self._outcomes[operation] = (
                customer,
                result,
                status if result != "done" else 0,
                time.monotonic(),
            )

        return operation, done


class _Asked(socketserver.StreamRequestHandler):
    timeout = 5

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            asked = json.loads(self.rfile.readline(1 << 20))
            told = ED2.callFromThreadSync(self.server.desk.answer, asked)  # type: ignore[attr-defined]
            self.wfile.write(json.dumps(told).encode() + b"\n")


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    desk: Desk


def listen(desk: Desk, path: Path) -> None:
    """Let the portal ask, on a socket that its account and group alone can reach."""
    path.unlink(missing_ok=True)
    before = os.umask(0o117)
    try:
        server = _Server(str(path), _Asked)
    finally:
        os.umask(before)
    server.desk = desk
    threading.Thread(target=server.serve_forever, daemon=True).start()


__all__ = ["Desk", "Refused", "listen"]
