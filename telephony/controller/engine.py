"""The call controller: what the switch sends it, what it tells the switch, and the calls that it carries."""

from __future__ import annotations

import logging
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sippy.CCEvents import CCEventTry
from sippy.Core.EventDispatcher import ED2
from sippy.SipAddress import SipAddress
from sippy.SipCallId import SipCallId
from sippy.SipConf import SipConf
from sippy.SipFrom import SipFrom
from sippy.SipHeader import SipHeader
from sippy.SipRequest import SipRequest
from sippy.SipTo import SipTo
from sippy.SipURL import SipURL
from sippy.Time.Timeout import Timeout

from telephony.controller.calls import INITIATOR, RECIPIENT, Call
from telephony.controller.journal import Journal, taken_over
from telephony.controller.legs import Leg
from telephony.controller.media import Media
from telephony.controller.ng import MediaAway, Ng
from telephony.controller.operations import Done, Join, Reach
from telephony.controller.tickets import HEADER, Ticket, opened
from telephony.controller.transactions import Transactions
from telephony.controller.unread import briefly, hush

log = logging.getLogger("controller")
BEAT = 1.0  # seconds
CANNOT = 599  # the switch rings without us when we say so
NUMBER = re.compile(r"[a-z0-9+][a-z0-9._+-]{0,63}")
HELP = ("112", "114")
NOT_TO_BE_JOINED = "That Call Waits Or Is Over, Send To Its Number"
STALE = 2  # seconds, after which a call has long rung without us


@dataclass(frozen=True)
class Places:
    """Where everybody is: addresses as (host, port), and directories."""

    own: tuple[str, int]
    edge: tuple[str, int]
    media: tuple[str, int] | None
    state: Path


class _Silent:
    """sippy writes every message down; what calls say is nobody's business."""

    def write(self, *_: Any, **__: Any) -> None:
        """Write nothing."""


class Engine:
    """Everything that runs in the loop of sippy; `start` and then `loop`."""

    def __init__(self, places: Places, secret: str) -> None:
        self.places = places
        self.edge = places.edge
        self.secret = secret
        self.calls: dict[str, Call] = {}
        self.media = Media(places.media, places.state / "sounds")
        self.journal = Journal(places.state / "calls.jsonl")
        SipConf.my_uaname = "Myfone"
        hush()
        self.config: dict[str, Any] = {
            "_sip_address": places.own[0],
            "_sip_port": places.own[1],
            "_sip_logger": _Silent(),
        }

    def start(self) -> None:
        self.config["_sip_tm"] = Transactions(self.config, self._request, secret=self.secret)
        if self.places.media is not None:
            self.media.is_there = answers(Ng(self.places.media))
            threading.Thread(target=self._watch_media, daemon=True).start()
        for told in self.journal.read():
            self._go_on(told)
        self._beat()
        Timeout(self._beat, BEAT, -1)

    def loop(self) -> None:
        ED2.loop()

    # What the switch sends.

    def _request(self, request: Any, transaction: Any) -> Any:
        method = request.getMethod()
        if request.getHFBody("to").getTag():
            return request.genResponse(481, "Call Leg/Transaction Does Not Exist"), None, None
        if method != "INVITE":
            return request.genResponse(405, "Method Not Allowed"), None, None
        ticket = self._ticket(request)
        if ticket is None:
            return request.genResponse(403, "Forbidden"), None, None
        if request.getBody() is None or time.time() - ticket.at > STALE:
            return request.genResponse(CANNOT, "Without Me"), None, None
        leg = Leg(self)
        try:
            origin = request.getHFBody("from").getUri()
            leg.shown, leg.host = origin.url.username or "anonymous", str(origin.url.host)
            name = origin.name or ""
        except Exception:
            briefly("a caller cannot be read")
            return request.genResponse(CANNOT, "Without Me"), None, None
        leg.identity, leg.customer, leg.is_incoming = ticket, ticket.customer, True
        leg.dialog.event_cb = lambda event, _: self._new_call(leg, event, ticket, name)
        return leg.dialog.recvRequest(request, transaction)

    def _ticket(self, request: Any) -> Ticket | None:
        given = request.getHFs(HEADER.lower())
        source = request.getSource()
        if not given or source[0] != self.edge[0]:
            return None
        return opened(str(given[0].getBody()), str(request.getHFBody("call-id")), self.secret)

    def _new_call(self, leg: Leg, event: Any, ticket: Ticket, name: str) -> None:
        if not isinstance(event, CCEventTry):
            return
        leg.dialog.event_cb = leg._event
        leg.sdp = str(event.getData()[3])
        call = Call(self)
        try:
            call.start(leg, event.getData()[2], ticket, name=name)
        except Exception:
            log.exception("a call cannot be carried")
            leg.call = None
            leg.refuse(CANNOT, "Without Me")
            call.end()

    # What the switch is told.

    def tell(self, what: str, *words: str, then: Callable[[], None] | None = None) -> None:
        """Tell the switch what has become of a call, and go on when it has heard (or does not answer)."""
        self._send(Ticket(kind="tell", told=words, what=what), then)

    def _beat(self) -> None:
        self._send(Ticket(kind="beat"), None)

    def _send(self, ticket: Ticket, then: Callable[[], None] | None) -> None:
        call_id = secrets.token_hex(12)
        uri = SipURL(username="controller", host=self.edge[0], port=self.edge[1])
        me = SipFrom(address=SipAddress(url=SipURL(username="controller", host=self.places.own[0])))
        me.genTag()
        request = SipRequest(
            method="INFO",
            ruri=uri,
            fr0m=me,
            to=SipTo(address=SipAddress(url=SipURL(username="controller", host=self.edge[0]))),
            cseq=1,
            callid=SipCallId(body=call_id),
            target=(self.edge, "udp"),
        )
        request.appendHeader(SipHeader(s=f"{HEADER}: {ticket.sealed(call_id, self.secret)}"))

        def answered(_: Any) -> None:
            if then is not None:
                then()

        self.config["_sip_tm"].newTransaction(request, resp_cb=answered)

    # Media.

    def _watch_media(self) -> None:
        assert self.places.media is not None
        watch = Ng(self.places.media)
        while True:
            there = answers(watch)
            if there != self.media.is_there:
                ED2.callFromThread(self._media_is, there)
            time.sleep(0.5)

    def _media_is(self, there: bool) -> None:
        log.warning("rtpengine is %s", "there" if there else "away")
        self.media.is_there = there
        if not there:
            for call in list(self.calls.values()):
                call.lost_media()

    # Calls that were up when the one before ended.

    def _go_on(self, told: dict[str, Any]) -> None:
        try:
            call = taken_over(self, told)
        except Exception:
            log.exception("a call of the time before is lost")
            return
        self.journal.keep(call)
        # Who has hung up meanwhile says so now, and then the other one is hung up too.
        for leg in call.legs():
            leg.ask_whether_there()

    # Transfers that a phone asks for.

    def referred(self, call: Call, leg: Leg, request: Any) -> None:
        """Do what a REFER asks: ring its target, or join the call that it names in Replaces."""
        if not call.is_up or call.going is not None:
            request.sendResponse(491, "Request Pending")
            return
        url = request.getHFBody("refer-to").getUrl()
        number = (url.username or "").lower()
        replaces = {k.lower(): v for k, v in (url.headers or {}).items()}.get("replaces")
        other = self._named(replaces, leg.customer) if replaces else None
        if replaces and (other is None or other[0] is call):
            # Who waits in a queue does so in the switch. 481 would end the call that asks (RFC 5057, 5.1).
            request.sendResponse(403, NOT_TO_BE_JOINED)
            return
        if other is not None and other[0].going is not None:
            request.sendResponse(491, "Request Pending")
            return
        if not replaces and not may_call(number):
            request.sendResponse(403, "Forbidden")
            return
        request.sendResponse(202, "Accepted")
        leg.notify(100, "Trying", ended=False)

        def done(result: str, status: int) -> None:
            leg.notify(status or 480, "OK" if result == "done" else "Failed", ended=True)

        if other is not None:
            Join(call, leg, *other, done).begin()
        else:
            self.reach(
                call,
                leg,
                number,
                done,
                progress=lambda status, reason: leg.notify(status, reason, ended=False),
            )

    def _named(self, replaces: str, customer: int) -> tuple[Call, Leg] | None:
        call_id, *parameters = unquote(replaces).split(";")
        tags = {part.partition("=")[2] for part in parameters if "-tag=" in part}
        for call in self.calls.values():
            for leg in call.legs():
                if str(leg.dialog.cId) == call_id and call.is_up:
                    known = {str(leg.dialog.lTag), str(leg.dialog.rUri.getTag())}
                    # Whoever knows the tags of another customer's call has no right to it.
                    return (call, leg) if tags == known and leg.customer == customer else None
        return None

    def reach(
        self, call: Call, me: Leg, number: str, done: Done, *, keep: Leg | None = None, progress: Any = None
    ) -> None:
        """Ring a number for a side of a call, which `keep` then talks to; in the rights of `me`."""
        keep = keep or call.other(me)
        assert keep is not None
        ticket = Ticket().of_kind("transfer", call.key[0], call.side_of(me))
        host = me.host if me.host else keep.host
        Reach(call, keep, done, progress=progress).begin(
            number, ticket, shows=self.shown(call, me), host=host
        )

    def shown(self, call: Call, leg: Leg) -> str:
        return leg.shown or leg.number or "anonymous"


def may_call(number: str) -> bool:
    """Say whether a number can be dialled for somebody; help is called for by phone."""
    return bool(NUMBER.fullmatch(number)) and number not in HELP


def answers(ng: Ng) -> bool:
    try:
        ng.ask("ping")
    except MediaAway:
        return False
    return True


__all__ = ["INITIATOR", "RECIPIENT", "Engine", "Places", "may_call"]
