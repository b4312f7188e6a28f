"""A call of two legs: it is set up, changed and ended here; operations on it are in operations.py."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from sippy.CCEvents import (
    CCEventConnect,
    CCEventDisconnect,
    CCEventFail,
    CCEventInfo,
    CCEventRedirect,
    CCEventRing,
    CCEventUpdate,
)
from sippy.Time.Timeout import Timeout

from telephony.controller.legs import Leg
from telephony.controller.media import Room
from telephony.controller.ng import MediaRefused
from telephony.controller.tickets import TOLD_AS, Ticket

if TYPE_CHECKING:
    from telephony.controller.engine import Engine

log = logging.getLogger("controller")
INITIATOR, RECIPIENT = "initiator", "recipient"
# Said again and again, for whoever hears the ringing tone is to know soon when it is true no more.
STILL_CARRIED = (199, "Still Carried")
AGAIN = 1.0  # seconds


class Going(Protocol):
    """An operation that is under way; no other one begins meanwhile."""

    def lost(self, leg: Leg) -> None:
        """A leg of the call has hung up."""

    def leaves(self, leg: Leg, then: Callable[[], None]) -> bool:
        """Say whether `then` is called later, which lets a leg go that hangs up."""

    def stop(self) -> None:
        """The call ends."""


class Call:
    """Two legs, by side. `key` is the Call-ID and tag by which the switch records and shows the call."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.sides: dict[str, Leg | None] = {INITIATOR: None, RECIPIENT: None}
        self.room: Room = engine.media.room()
        self.key = ("", "")
        self.is_up = False
        self.is_over = False
        self.held = ""
        self.going: Going | None = None
        # No leg's dialog is the one that the switch knows the call by: it has to be told of the end.
        self.is_orphan = False

    # Who is in it.

    def legs(self) -> list[Leg]:
        return [leg for leg in self.sides.values() if leg is not None]

    def other(self, leg: Leg) -> Leg | None:
        return self.sides[RECIPIENT] if leg is self.sides[INITIATOR] else self.sides[INITIATOR]

    def side_of(self, leg: Leg) -> str:
        return INITIATOR if leg is self.sides[INITIATOR] else RECIPIENT

    def seats(self, side: str, leg: Leg | None) -> None:
        self.sides[side] = leg
        if leg is not None:
            leg.call = self

    def known_as(self, key: tuple[str, str]) -> None:
        self.engine.calls.pop(self.key[0], None)
        self.key = key
        self.engine.calls[key[0]] = self

    # How it is set up.

    def start(self, caller: Leg, number: str, ticket: Ticket, *, name: str) -> None:
        """Ring a number for who has called."""
        called = Leg(self.engine)
        if ticket.kind in TOLD_AS:
            # The switch tells of it as the call that waits in the queue, or may come to.
            called.known_as = (ticket.told[0], ticket.told[1])
            called.is_offered = ticket.kind == "offer"
        self.seats(INITIATOR, caller)
        self.seats(RECIPIENT, called)
        called.invite(
            number,
            self.room.offer(caller.name, caller.sdp),
            # By the Call-ID the switch knows whether the call has not gone past us meanwhile.
            ticket if ticket.kind in TOLD_AS else ticket.of_kind("call", caller.key[0]),
            shows=caller.shown,
            host=caller.host,
            name=name,
        )
        self.known_as(called.key)

    def takes(self, leg: Leg, event: Any) -> None:
        """Act on what a leg has come to."""
        if self.is_over:
            return
        if not self.is_up:
            self._sets_up(leg, event)
        elif isinstance(event, CCEventDisconnect | CCEventFail):
            if self.going is not None:
                self.going.lost(leg)
            else:
                self.end(leg)
        elif isinstance(event, CCEventUpdate):
            self._changes(leg)
        elif isinstance(event, CCEventInfo):
            other = self.other(leg)
            if other is not None and other.is_up:
                other.inform(event.getData())

    def _sets_up(self, leg: Leg, event: Any) -> None:
        caller, called = self.sides[INITIATOR], self.sides[RECIPIENT]
        if caller is None or called is None:
            return
        if leg is caller:
            if isinstance(event, CCEventDisconnect | CCEventFail):
                self.end(caller)
        elif isinstance(event, CCEventRing):
            status, reason, body = event.getData()[:3]
            if status == 100:
                # The switch has the call again: it need not fear any more that we have lost it.
                self._carries(caller)
            else:
                early = self.room.answer(caller.name, called.name, str(body)) if body is not None else None
                caller.ring(status, reason, early)
        elif isinstance(event, CCEventConnect):
            try:
                heard = self.room.answer(caller.name, called.name, called.sdp)
            except MediaRefused:
                caller.refuse(488, "Not Acceptable Here")
                self.end(caller)
                return
            self.is_up = True
            caller.accept(heard)
            self.engine.journal.keep(self)
        elif isinstance(event, CCEventFail | CCEventDisconnect | CCEventRedirect):
            told = event.getData()
            status, reason = (told[0], told[1]) if isinstance(event, CCEventFail) else (480, "Gone")
            caller.refuse(status, reason)
            self.end(called)

    def _carries(self, caller: Leg) -> None:
        if not self.is_up and not self.is_over and not caller.is_over:
            caller.ring(*STILL_CARRIED, None)
            Timeout(self._carries, AGAIN, 1, caller)

    def _changes(self, leg: Leg) -> None:
        """Pass on what a phone has changed: its own hold, another codec."""
        other = self.other(leg)
        if other is None or not other.is_up or self.going is not None:
            leg.sdp = leg.before
            leg.refuse(491, "Request Pending")
            return
        turn = Turn(self)
        self.going = turn

        def said(status: int, sdp: str) -> None:
            if self.going is turn:
                self.going = None
            if leg.is_over:
                return
            if status == 200:
                leg.accept(self.room.answer(leg.name, other.name, sdp))
            else:
                leg.sdp = leg.before
                leg.refuse(488 if status == 481 else status, "Not Acceptable Here")

        other.change(self.room.offer(leg.name, leg.sdp, to=other.name), said)

    # How it ends.

    def leaves(self, leg: Leg, then: Callable[[], None]) -> bool:
        return self.going is not None and self.going.leaves(leg, then)

    def end(self, by: Leg | None = None) -> None:
        """End the call; `by` has hung up, or nobody has."""
        if self.is_over:
            return
        self.is_over = True
        going, self.going = self.going, None
        if going is not None:
            going.stop()
        legs = [leg for leg in self.legs() if leg.call is self]
        for leg in legs:
            leg.call = None

        def leave() -> None:
            for leg in legs:
                leg.hang_up()

        is_clicked = by is not None and by is self.sides[RECIPIENT] and not by.is_over
        # Whoever turns away what a queue offers ends no wait.
        if is_clicked and by is not None and (by.is_up or not by.is_offered):
            # A click of the one called: what we hang up for them would count as the caller's, so it is told before.
            declined = () if by.is_up else ("603",)
            self.engine.tell("over", *self.key, "callee", *declined, then=leave)
        else:
            if self.is_orphan:
                self.told_over(by)
            leave()
        self.room.close()
        if self.engine.calls.get(self.key[0]) is self:
            del self.engine.calls[self.key[0]]
        self.engine.journal.forget(self)

    def told_over(self, by: Leg | None = None) -> None:
        who = "callee" if by is not None and by is self.sides[RECIPIENT] else "caller"
        self.engine.tell("over", *self.key, who)

    def drop(self, leg: Leg, *, key_stays: bool) -> None:
        """Hang up a leg while the call goes on; the switch hears so where it knows the call by that leg."""
        bears_key = leg.key == self.key and key_stays
        self.is_orphan = self.is_orphan or bears_key
        leg.call = None
        leg.hang_up(goes_on=bears_key)

    def drop_later(
        self, leg: Leg, told: tuple[str, ...], *, key_stays: bool, orphan: tuple[str, str] | None = None
    ) -> None:
        """Hang up a leg once the switch knows what has become of the call, and of the one that it was before."""
        leg.call = None

        def leave() -> None:
            if orphan is not None:
                self.engine.tell("over", *orphan, "caller")
            self.drop(leg, key_stays=key_stays)

        self.engine.tell(*told, then=leave)

    def refers(self, leg: Leg, request: Any) -> None:
        self.engine.referred(self, leg, request)

    def lost_media(self) -> None:
        """Connect the two directly: the relay between them is gone."""
        one, two = self.sides[INITIATOR], self.sides[RECIPIENT]
        if not self.is_up or one is None or two is None or not self.room.relays or self.going is not None:
            return
        self.room.relays = False
        self.held = ""
        turn = Turn(self)
        self.going = turn

        def then(status: int, sdp: str) -> None:
            if status != 200 or one.is_over:
                self.going = None
                return
            one.change(sdp, lambda *_: setattr(self, "going", None))

        two.change(one.sdp, then)


class Turn:
    """A change that a phone has asked for itself."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def lost(self, leg: Leg) -> None:
        self.call.going = None
        self.call.end(leg)

    def leaves(self, leg: Leg, then: Callable[[], None]) -> bool:
        return False

    def stop(self) -> None:
        """There is nothing to take back."""
