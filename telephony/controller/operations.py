"""What can be done with calls that are up. Whatever does not succeed leaves everybody with whom they were talking."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sippy.CCEvents import (
    CCEventConnect,
    CCEventDisconnect,
    CCEventFail,
    CCEventRedirect,
    CCEventRing,
)

from telephony.controller.calls import INITIATOR, RECIPIENT, Call
from telephony.controller.legs import Leg
from telephony.controller.media import CANNED, Room, awake
from telephony.controller.ng import MediaAway, MediaRefused
from telephony.controller.tickets import Ticket

log = logging.getLogger("controller")
Done = Callable[[str, int], None]
Progress = Callable[[int, str], None]
RINGS = 60  # times that the ringing tone is played to who waits
QUEUED = 30  # times that our own music is, where a queue's own cannot be read: a quarter of an hour
RESULTS = {
    486: "busy",
    600: "busy",
    403: "refused",
    603: "refused",
    404: "unknown",
    484: "unknown",
    604: "unknown",
    415: "no_codec",
    488: "no_codec",
    606: "no_codec",
}
UNANSWERED = (408, 480, 487)


def result_of(status: int) -> str:
    """Return what a SIP status means for who has asked."""
    if status == 200:
        return "done"
    return RESULTS.get(status, "no_answer" if status in UNANSWERED else "failed")


def refused(status: int) -> int:
    """Return what it comes to that somebody who talks already does not take a new description."""
    return status if RESULTS.get(status) == "no_codec" else 500


def quietly(act: Callable[..., object], *words: Any, **named: Any) -> None:
    """Do at the relay what can be done without."""
    with contextlib.suppress(MediaAway, MediaRefused):
        act(*words, **named)


class Reach:
    """Ring somebody, and let who is kept talk to them; whoever is dropped stays in the call until then.

    `fetches` says that it is another phone of the one who is dropped.
    """

    def __init__(
        self, call: Call, keep: Leg, done: Done, *, fetches: bool = False, progress: Progress | None = None
    ) -> None:
        self.call, self.keep = call, keep
        self.dropped = call.other(keep)
        self.fetches = fetches
        self.done = done
        self.progress = progress
        self.room: Room = call.engine.media.room()
        self.reached = Leg(call.engine, self)
        self.reached.is_own = fetches
        self.is_over = False
        self.hears_music = False
        self.is_heard = self.is_left = False
        self._leaves: Callable[[], None] | None = None
        call.going = self

    def begin(self, number: str, ticket: Ticket, *, shows: str, host: str, auto: bool = False) -> None:
        sides = [leg.name for leg in self.call.legs()]
        if self.call.held:
            quietly(self.call.room.hush, self.keep.name)
        elif self.dropped is not None:
            quietly(self.call.room.part, *sides)
        if not self.fetches:
            quietly(self.call.room.play, self.keep.name, "ringing", times=RINGS)
        self.call.held = ""
        offer = self.room.offer(self.keep.name, awake(self.keep.sdp))
        self.reached.invite(number, offer, ticket, shows=shows, host=host, auto=auto)

    def takes(self, leg: Leg, event: Any) -> None:
        """Act on what the new leg has come to."""
        if self.is_over:
            return
        if isinstance(event, CCEventRing):
            status = event.getData()[0]
            if status > 100:
                self._lets_go()
                self._plays(rings=status in (180, 183))
            if status > 100 and self.progress is not None:
                self.progress(180, "Ringing")
        elif isinstance(event, CCEventConnect):
            self._lets_go()
            self._connects()
        elif isinstance(event, CCEventFail):
            self._restores(event.getData()[0])
        elif isinstance(event, CCEventDisconnect | CCEventRedirect):
            self._restores(480)

    def refers(self, leg: Leg, request: Any) -> None:
        request.sendResponse(491, "Request Pending")

    def _plays(self, *, rings: bool) -> None:
        """Let who is kept hear the music of the queue they wait in, and the ringing tone when it goes on."""
        told, self.reached.music = self.reached.music, ""
        room, name = self.call.room, self.keep.name
        if told:
            file, _, times = told.rpartition(" ")
            quietly(room.hush, name)
            self.hears_music = True
            for path, again in ((Path(file), int(times)), (Path(file).with_name("ours.wav"), QUEUED)):
                with contextlib.suppress(MediaAway, MediaRefused):
                    room.play_file(name, str(path), times=again)
                    return
        elif not rings or not self.hears_music:
            return
        quietly(room.hush, name)
        quietly(room.play, name, "ringing", times=RINGS)
        self.hears_music = False

    def _connects(self) -> None:
        try:
            heard = self.room.answer(self.keep.name, self.reached.name, self.reached.sdp)
        except MediaRefused:
            self._restores(488)
            return
        self.keep.change(heard, self._changed)

    def _changed(self, status: int, sdp: str) -> None:
        if self.is_over:
            return
        if status != 200 or self.reached.is_over:
            self._restores(refused(status) if self.keep.is_up else 481)
            return
        self.is_over = True
        call = self.call
        call.going = None
        old, call.room = call.room, self.room
        dropped, reached, keep = self.dropped, self.reached, self.keep
        old_key, was_orphan = call.key, call.is_orphan
        kept_side = call.side_of(keep)
        if self.fetches and dropped is not None:
            side = call.side_of(dropped)
            told: tuple[str, ...] = (
                "pulled",
                *call.key,
                side,
                str(reached.identity.phone if reached.identity else 0),
            )
            call.seats(side, reached)
            call.drop_later(dropped, told, key_stays=True)
        else:
            call.seats(INITIATOR, keep)
            call.seats(RECIPIENT, reached)
            if dropped is not None:
                told = ("moves", *old_key, kept_side, *reached.key, INITIATOR, reached.number)
                call.is_orphan = False
                call.drop_later(dropped, told, key_stays=False, orphan=old_key if was_orphan else None)
            elif self.is_left:
                call.engine.tell("came", *reached.key)
            call.known_as(reached.key)
        quietly(old.close)
        call.engine.journal.keep(call)
        self.done("done", 200)

    def _restores(self, status: int) -> None:
        """Let those talk again who did."""
        if self.is_over:
            return
        self.stop()
        call = self.call
        call.going = None
        result = result_of(status) if self.keep.is_up else "gone"
        if self.dropped is None or self.dropped.is_over or not self.keep.is_up:
            call.end(self.keep if not self.keep.is_up else None)
        else:
            quietly(call.room.hush, self.keep.name)
            quietly(call.room.connect, *(leg.name for leg in call.legs()))
        self.done(result, status)

    def lost(self, leg: Leg) -> None:
        if leg is self.keep:
            self.stop()
            self.call.going = None
            self.call.end(leg)
            self.done("gone", 0)
        # Whoever is dropped may go before it is their turn.

    def leaves(self, leg: Leg, then: Callable[[], None]) -> bool:
        """Say whether `then` waits until the switch knows that a leg, which hangs up, has sent the other on."""
        if leg is not self.dropped or self.fetches or self.is_over or self._leaves is not None:
            return False
        self._leaves = then
        if self.is_heard:
            self._lets_go()
        return True

    def _lets_go(self) -> None:
        """Take whoever has hung up out of the call: the switch knows the new one, in which the other is from now on."""
        self.is_heard = True
        then, self._leaves = self._leaves, None
        if then is None:
            return
        call, old_key = self.call, self.call.key
        self.dropped, self.is_left = None, True
        call.engine.tell(
            "moves",
            *old_key,
            call.side_of(self.keep),
            *self.reached.key,
            INITIATOR,
            self.reached.number,
            then=then,
        )
        if call.is_orphan:
            call.is_orphan = False
            call.engine.tell("over", *old_key, "caller")

    def stop(self) -> None:
        then, self._leaves = self._leaves, None
        if then is not None:
            then()
        self.is_over = True
        self.reached.call = None
        self.reached.hang_up()
        self.room.close()


class Join:
    """Connect the far ends of two calls, and leave both."""

    def __init__(self, first: Call, me: Leg, second: Call, me_too: Leg, done: Done) -> None:
        # The call goes on as the one whose far end the switch knows it by.
        if second.side_of(me_too) == RECIPIENT and first.side_of(me) == INITIATOR:
            first, me, second, me_too = second, me_too, first, me
        self.first, self.me, self.second, self.me_too = first, me, second, me_too
        one, two = first.other(me), second.other(me_too)
        assert one is not None
        assert two is not None
        self.one, self.two = one, two
        self.done = done
        self.room: Room = first.engine.media.room()
        self.is_over = False
        first.going = second.going = self

    def begin(self) -> None:
        self.before = str(self.two.dialog.lSDP)
        self.two.change(self.room.offer(self.one.name, awake(self.one.sdp)), self._two_said)

    def _two_said(self, status: int, sdp: str) -> None:
        if self.is_over:
            return
        if status != 200:
            self._restores(status)
            return
        try:
            heard = self.room.answer(self.one.name, self.two.name, sdp)
        except MediaRefused:
            self.two.change(self.before, lambda *_: self._restores(488))
            return
        self.one.change(heard, self._one_said)

    def _one_said(self, status: int, sdp: str) -> None:
        if self.is_over:
            return
        if status != 200:
            self.two.change(self.before, lambda *_: self._restores(status))
            return
        self.is_over = True
        first, second = self.first, self.second
        first.going = second.going = None
        side = second.side_of(self.me_too)
        told = ("moves", *first.key, first.side_of(self.one), *second.key, side, self.two.number)
        first.engine.calls.pop(first.key[0], None)
        first.is_over = True
        first.engine.journal.forget(first)
        rooms = first.room, second.room
        second.room = self.room
        second.held = ""
        second.seats(side, self.one)
        me, me_too = self.me, self.me_too

        def leave() -> None:
            if first.is_orphan:
                first.told_over()
            first.drop(me, key_stays=False)
            second.drop(me_too, key_stays=True)

        me.call = me_too.call = None
        second.engine.tell(*told, then=leave)
        for room in rooms:
            room.close()
        second.engine.journal.keep(second)
        self.done("done", 200)

    def _restores(self, status: int) -> None:
        if self.is_over:
            return
        self.is_over = True
        self.room.close()
        self.first.going = self.second.going = None
        for call in (self.first, self.second):
            gone = next((leg for leg in call.legs() if leg.is_over), None)
            if gone is not None:
                call.end(gone)
        result = result_of(status)
        self.done("gone" if status == 481 else result if result == "no_codec" else "refused", status)

    def lost(self, leg: Leg) -> None:
        if self.is_over:
            return
        self.is_over = True
        self.room.close()
        self.first.going = self.second.going = None
        for call in (self.first, self.second):
            if leg in call.legs():
                call.end(leg)
        # Who was to be joined is back with whom it was.
        if not self.two.is_over:
            self.two.change(self.before, lambda *_: None)
        self.done("gone", 0)

    def leaves(self, leg: Leg, then: Callable[[], None]) -> bool:
        return False

    def stop(self) -> None:
        self.lost(self.one)


class Ring:
    """Ring a phone of somebody's, and then the number that they want to talk to."""

    def __init__(self, call: Call, phone: Leg, done: Done, then: Callable[[], None]) -> None:
        self.call, self.phone, self.done, self.then = call, phone, done, then
        phone.call = self
        phone.is_own = True
        call.going = self

    def begin(self, user: str, ticket: Ticket, *, shows: str, host: str, auto: bool) -> None:
        offer = self.call.room.offer("desk", CANNED)
        self.phone.invite(user, offer, ticket, shows=shows, host=host, auto=auto)
        self.call.known_as(self.phone.key)

    def takes(self, leg: Leg, event: Any) -> None:
        if isinstance(event, CCEventConnect):
            quietly(self.call.room.answer, "desk", self.phone.name, self.phone.sdp)
            self.call.going = None
            self.call.is_up = True
            self.call.seats(INITIATOR, self.phone)
            self.then()
        elif isinstance(event, CCEventFail | CCEventDisconnect | CCEventRedirect):
            status = event.getData()[0] if isinstance(event, CCEventFail) else 480
            self.call.going = None
            self.call.end()
            self.done(result_of(status), status)

    def refers(self, leg: Leg, request: Any) -> None:
        request.sendResponse(491, "Request Pending")

    def lost(self, leg: Leg) -> None:
        """Nobody else is in the call yet."""

    def leaves(self, leg: Leg, then: Callable[[], None]) -> bool:
        return False

    def stop(self) -> None:
        self.phone.call = None
        self.phone.hang_up()
