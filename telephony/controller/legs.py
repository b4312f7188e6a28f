"""One leg of a call: a dialog with the switch, behind which there is a phone or the public network.

sippy keeps the dialog; here is what it does not do, or does otherwise than calls between phones need.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sippy.CCEvents import (
    CCEventConnect,
    CCEventDisconnect,
    CCEventFail,
    CCEventInfo,
    CCEventRing,
    CCEventTry,
    CCEventUpdate,
)
from sippy.MsgBody import MsgBody
from sippy.SipCallId import SipCallId
from sippy.SipContact import SipContact
from sippy.SipHeader import SipHeader
from sippy.SipURL import SipURL
from sippy.Time.Timeout import Timeout
from sippy.UA import UA
from sippy.UaStateConnected import UaStateConnected

from telephony.controller.tickets import HEADER, Ticket

if TYPE_CHECKING:
    from telephony.controller.engine import Engine

log = logging.getLogger("controller")
Said = Callable[[int, str], None]
GLARE = 491
PATIENT = ("REFER", "UPDATE", "INFO", "OPTIONS", "NOTIFY")
RETRIES = 3
RETRY_AFTER = 0.6  # seconds
_address_of = SipURL.getTAddr


def _lower_transport(url: SipURL) -> Any:
    # sippy 2.5 knows ";transport=udp" in small letters alone; phones write it as they like.
    address, transport = _address_of(url)
    return address, str(transport).lower()


SipURL.getTAddr = _lower_transport


class Connected(UaStateConnected):
    """A dialog that is up, with the requests that phones send within it."""

    def __init__(self, ua: Any) -> None:
        super().__init__(ua)
        self.recv_request_handlers = {
            **UaStateConnected.recv_request_handlers,
            "REFER": Connected._refer,
            "UPDATE": Connected._update,
            "INVITE": Connected._invite,
            "NOTIFY": Connected._notify,
        }

    def _refer(self, request: Any) -> None:
        # sippy's own answer to a transfer is to drop the call.
        self.ua.leg.refers(request)

    def _update(self, request: Any) -> None:
        # What a phone sends now and then to hear that the call still is (RFC 4028); a new description belongs in an
        # INVITE here.
        if request.getBody() is None:
            request.sendResponse(200, "OK")
        else:
            request.sendResponse(488, "Use INVITE For This")

    def _invite(self, request: Any) -> Any:
        if request.getBody() is None:
            request.sendResponse(488, "Offer Needed")
            return None
        return self._recvRequestInvite(request)

    def _notify(self, request: Any) -> None:
        request.sendResponse(200, "OK")


class Dialog(UA):  # type: ignore[misc]
    """sippy's user agent, which also tells of whom the switch says that it has answered."""

    UaStateConnected = Connected
    leg: Leg

    def recvRequest(self, request: Any, transaction: Any) -> Any:
        # A phone that asks for something while it is itself asked is told to try again; sippy would not answer.
        if self.isConnected() and self.state.sname != "Connected" and request.getMethod() in PATIENT:
            return request.genResponse(491, "Request Pending"), None, None
        # The switch tells of the end of a leg once it hears our answer.
        hangs_up = request.getMethod() == "BYE" and self.isConnected() and self.leg.call is not None
        if hangs_up and self.leg.call.leaves(self.leg, lambda: self._goes(request, transaction)):
            return None, None, None
        return super().recvRequest(request, transaction)

    def _goes(self, request: Any, transaction: Any) -> None:
        answer = super().recvRequest(request, transaction)
        if answer is not None and answer[0] is not None:
            self.global_config["_sip_tm"].sendResponse(answer[0])

    def recvResponse(self, response: Any, transaction: Any) -> None:
        # The switch says so in what answers our INVITE, and in nothing else.
        if not self.leg.is_up and response.getHFBody("cseq").getCSeqMethod() == "INVITE":
            for header in response.getHFs("x-myfone-customer"):
                self.leg.heard_customer(str(header.getBody()))
            for header in response.getHFs("x-myfone-music"):
                self.leg.music = str(header.getBody())
        super().recvResponse(response, transaction)


class Leg:
    """A leg; `caller` is whose it is where that is known, `number` what the other side is shown."""

    def __init__(self, engine: Engine, call: Any = None) -> None:
        self.engine = engine
        self.call = call
        self.name = f"leg-{secrets.token_hex(6)}"
        self.sdp = self.before = self._changing = ""
        self.is_up = False
        self.is_over = False
        self.is_own = self.is_incoming = self.is_offered = False
        self.customer = 0
        # What who waits for this leg is to hear meanwhile: a file and how often, or our own ringing tone.
        self.music = ""
        self.number = ""
        self.shown = ""
        self.host = ""
        self.identity: Ticket | None = None
        self.known_as = ("", "")
        self.dialog: Any = Dialog(engine.config, event_cb=self._event, nh_address=engine.edge)
        self.dialog.leg = self
        contact = SipContact()
        # Its default names everybody Anonymous, without the quotes that some need to read it.
        contact.getUri().name = None
        self.dialog.lContact = contact
        self._waits: Said | None = None
        self._tries = 0

    @property
    def key(self) -> tuple[str, str]:
        """The leg's Call-ID and our tag in it, or those that the switch knows it by."""
        return self.known_as if self.known_as[0] else (str(self.dialog.cId), str(self.dialog.lTag))

    def heard_customer(self, value: str) -> None:
        if not self.is_own and value.strip().isdigit():
            self.customer = int(value)

    # What goes out.

    def invite(
        self,
        number: str,
        sdp: str,
        ticket: Ticket,
        *,
        shows: str,
        host: str,
        name: str = "",
        auto: bool = False,
    ) -> None:
        """Call a number in the name of whoever the ticket says; `shows` is the number that the called one sees."""
        call_id = f"{secrets.token_hex(12)}"
        self.number, self.host = number, host
        event = CCEventTry((SipCallId(body=call_id), shows, number, MsgBody(sdp), None, name or None))
        headers = [_header(HEADER, ticket.sealed(call_id, self.engine.secret))]
        if auto:
            headers.append(_header("Call-Info", f"<sip:{host}>;answer-after=0"))
            headers.append(_header("Alert-Info", "<http://127.0.0.1>;info=alert-autoanswer"))
        event.extra_headers = tuple(headers)

        def addressed(dialog: Any) -> None:
            for url in (dialog.rTarget, dialog.rUri.getUrl()):
                url.host, url.port = host, None
            dialog.rTarget.transport = None
            dialog.lUri.getUrl().host = host

        event.onUacSetupComplete = addressed
        self.dialog.recvEvent(event)

    def ring(self, status: int, reason: str, sdp: str | None) -> None:
        self.dialog.recvEvent(CCEventRing((status, reason, MsgBody(sdp) if sdp else None)))

    def accept(self, sdp: str) -> None:
        """Take the call, or a change of it that this leg has asked for."""
        self.is_up = True
        self.dialog.recvEvent(CCEventConnect((200, "OK", MsgBody(sdp))))

    def refuse(self, status: int, reason: str) -> None:
        if not self.is_up:
            self.is_over = True
        self.dialog.recvEvent(CCEventFail((status, reason)))

    def change(self, sdp: str, said: Said) -> None:
        """Send a new description within the call, and tell what came of it: 200 with theirs, or a status."""
        self._waits = said
        self._tries = 0
        self._change(sdp)

    def _change(self, sdp: str) -> None:
        if self.is_over:
            return self._said(481, "")
        if not self.dialog.isConnected() or self.dialog.state.sname != "Connected":
            return self._again(sdp)
        if self.dialog.lSDP is None:
            self.dialog.lSDP = MsgBody("v=0\r\n")
        self._changing = sdp
        self.dialog.recvEvent(CCEventUpdate(MsgBody(sdp)))
        return None

    def _again(self, sdp: str) -> None:
        # Both sides asked at the same time (RFC 3261, 14.1): one of them tries again.
        self._tries += 1
        if self._tries > RETRIES:
            return self._said(GLARE, "")
        Timeout(self._change, RETRY_AFTER, 1, sdp)
        return None

    def hang_up(self, *, goes_on: bool = False) -> None:
        """Hang up; with `goes_on` the switch is told that the call is not over with it."""
        if self.is_over:
            return
        rings = not self.is_up and self.is_incoming
        self.is_over, self.is_up, self._waits = True, False, None
        # A caller whom nobody has answered yet would hear of an error of ours.
        event = CCEventFail((480, "Temporarily Unavailable")) if rings else CCEventDisconnect()
        if goes_on:
            event.extra_headers = (
                _header(HEADER, Ticket(kind="on").sealed(str(self.dialog.cId), self.engine.secret)),
            )
        self.dialog.recvEvent(event)

    def ask_whether_there(self) -> None:
        """Ask a phone whether it still is in the call, with the description that it knows, and end the call if not."""
        ours, self.dialog.lSDP = str(self.dialog.lSDP), MsgBody("v=0\r\n")

        def said(status: int, _: str) -> None:
            if status in (408, 481) and self.call is not None:
                self.call.end(self)

        self.change(ours, said)

    def inform(self, body: Any) -> None:
        self.dialog.recvEvent(CCEventInfo(body))

    def notify(self, status: int, reason: str, *, ended: bool) -> None:
        """Tell a phone how far the transfer is that it has asked for (RFC 3515)."""
        if self.is_over or not self.dialog.isConnected():
            return
        body = MsgBody(f"SIP/2.0 {status} {reason}\r\n", mtype=_Plain("message/sipfrag;version=2.0"))
        request = self.dialog.genRequest("NOTIFY", body=body)
        state = "terminated;reason=noresource" if ended else "active;expires=60"
        request.appendHeaders((_header("Event", "refer"), _header("Subscription-State", state)))
        self.dialog.newTransaction(request)

    def refers(self, request: Any) -> None:
        if self.call is None or request.countHFs("refer-to") == 0:
            request.sendResponse(400, "Bad Request")
        else:
            self.call.refers(self, request)

    # What comes in.

    def _said(self, status: int, sdp: str) -> None:
        waits, self._waits = self._waits, None
        if waits is not None:
            waits(status, sdp)

    def _event(self, event: Any, _dialog: Any) -> None:
        try:
            self._take(event)
        except Exception:
            log.exception("a call is given up")
            if self.call is not None:
                self.call.end()
            self.hang_up()

    def _take(self, event: Any) -> None:
        if isinstance(event, CCEventDisconnect):
            self.is_over, self.is_up = True, False
            self._said(481, "")
        elif isinstance(event, CCEventConnect):
            if event.getData()[0] == "ACK":
                return
            self.is_up = True
            if event.getData()[2] is not None:
                self.sdp = str(event.getData()[2])
            if self._waits is not None:
                self._said(200, self.sdp)
                return
        elif isinstance(event, CCEventUpdate):
            self.before, self.sdp = self.sdp, str(event.getData())
        elif isinstance(event, CCEventFail) and self._waits is not None:
            status = event.getData()[0]
            if status == GLARE:
                self._again(self._changing)
            else:
                self._said(status, "")
            return
        elif isinstance(event, CCEventFail):
            self.is_over, self.is_up = True, False
        if self.call is not None:
            self.call.takes(self, event)


class _Plain:
    """A content type that sippy does not look into."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name

    def getCopy(self) -> _Plain:
        return self


def _header(name: str, value: str) -> Any:
    return SipHeader(s=f"{name}: {value}")
