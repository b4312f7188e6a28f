"""A phone that is rung and rings others: it registers, answers, refuses and hangs up, and notes when what happened.

It speaks what tests and the demo need of RFC 3261; there is no sound in its calls. Each phone has a thread of its own.
"""

from __future__ import annotations

import secrets
import threading
import time

from demo.sipclient.calls import Call, Event, address_of, branch_of, sdp, tag_of, tagged
from demo.sipclient.client import Account
from demo.sipclient.connection import Connection
from demo.sipclient.exchange import Exchange
from demo.sipclient.message import Message, Request


class SipPhone(Exchange):
    """A phone on an open connection.

    `answers_after` seconds it takes a call, or never when None; `refuses` is a status that it answers instead of
    ringing. A trunk's far end is a phone without a password.
    """

    def __init__(
        self,
        link: Connection,
        account: Account,
        *,
        answers_after: float | None = None,
        refuses: int = 0,
        agent: str = "Myfone test phone",
    ) -> None:
        super().__init__(link, account, agent=agent)
        self.answers_after = answers_after
        self.refuses = refuses
        self.calls: list[Call] = []
        self._thread.start()

    # What a person does.

    def register(self, *, expires: int = 300) -> int:
        """Register, or take the registration back with 0; return the final status."""
        request = self._new("REGISTER", f"sip:{self.account.domain}", secrets.token_hex(10), 1)
        request.headers += [("Contact", self.contact), ("Expires", str(expires))]
        return self._transact(request).status

    def call(self, number: str, *, headers: tuple[tuple[str, str], ...] = (), domain: str = "") -> Call:
        """Call a number at the phone's own domain, and return at once."""
        call = Call(self, secrets.token_hex(10), outgoing=True, number=number)
        request = self._new(
            "INVITE", f"sip:{number}@{domain or self.account.domain}", call.call_id, 1, call.local_tag
        )
        request.headers += [("Contact", self.contact), ("Content-Type", "application/sdp"), *headers]
        request.body = self.described(call)
        call.request = request
        with self._changed:
            self.calls.append(call)
        self._note("calls", call.call_id, number)
        self._ask(request)
        return call

    def answer(self, call: Call) -> None:
        # Whoever hears of it and hangs up at once finds it up.
        with self._changed:
            if call.state == "ringing" and call.invite is not None and not call.outgoing:
                self._reply(call.invite, 200, "OK", call.local_tag, self.described(call))
                self._become(call, "up", 200)

    def refuse(self, call: Call, status: int = 486) -> None:
        if call.invite is not None:
            self._reply(call.invite, status, "Refused", call.local_tag)
            self._become(call, "ended", status)

    def hang_up(self, call: Call) -> None:
        """End a call that is up, or give up one that has not been answered."""
        with self._changed:
            is_up = call.state == "up"
        if is_up:
            self.within(call, "BYE")
            self._become(call, "ended", call.status)
        elif call.outgoing and call.request is not None and call.state != "ended":
            given_up = Request("CANCEL", call.request.uri)
            kept = {"via", "from", "to", "call-id", "max-forwards"}
            given_up.headers = [(n, v) for n, v in call.request.headers if n.lower() in kept]
            given_up.headers.append(("CSeq", f"{call.sequence} CANCEL"))
            self._note("cancels", call.call_id)
            self._ask(given_up)

    def within(
        self,
        call: Call,
        method: str,
        *,
        target: str = "",
        routes: list[str] | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> Request:
        """Send a request within a call; target and routes are the call's own unless told otherwise."""
        call.sequence += 1
        request = Request(method, target or call.target, body=body)
        me, other = f"<sip:{self.account.address}>;tag={call.local_tag}", call.remote
        if not call.outgoing and call.invite is not None:
            me = tagged(call.invite.first("to"), call.local_tag)
        elif call.request is not None:
            me = next(v for n, v in call.request.headers if n == "From")
        request.headers = [
            ("Via", self._via()),
            ("Max-Forwards", "70"),
            *(("Route", route) for route in (call.routes if routes is None else routes)),
            ("From", me),
            ("To", other),
            ("Call-ID", call.call_id),
            ("CSeq", f"{call.sequence} {method}"),
            ("Contact", self.contact),
            ("User-Agent", self.agent),
            *headers,
        ]
        self._note(f"sends {method}", call.call_id)
        self._ask(request)
        return request

    def described(self, call: Call) -> bytes:
        """Return what the phone offers to hear in a call; nobody listens there."""
        return sdp(self.link.local[0])

    # What tests ask.

    def rung(self, *, seconds: float = 20.0, after: int = 0) -> Call:
        """Wait for a call to ring here or be refused, beyond the first `after` ones, and return it."""

        def incoming() -> list[Call]:
            # One that has just come in does not ring yet, and could not be answered.
            return [call for call in self.calls if not call.outgoing and call.state != "calling"]

        self.wait(lambda: len(incoming()) > after, seconds, "call")
        return incoming()[after]

    @property
    def was_rung(self) -> bool:
        return any(not call.outgoing for call in self.calls)

    # Answers to its calls.

    def _told(self, request: Request, answer: Message, *, is_repeated: bool) -> None:
        call = self._call(answer.first("call-id"), tag_of(answer.first("from")))
        if call is None:
            return
        if answer.status < 200:
            call.answers.append(answer)
            if answer.status > 100 and call.state == "calling":
                self._become(call, "ringing", answer.status)
            return
        if answer.status < 300 and call.state == "up" and tag_of(answer.first("to")) != tag_of(call.remote):
            self._is_late(call, request, answer)
            return
        if is_repeated:
            self._acknowledge(call, request, answer)
            return
        call.answers.append(answer)
        is_signed = any(name in ("Authorization", "Proxy-Authorization") for name, _ in request.headers)
        if answer.status < 300:
            call.target = address_of(answer.first("contact"))
            if call.state != "up":
                call.remote = answer.first("to")
                call.routes = list(reversed(answer.every("record-route")))
        self._acknowledge(call, request, answer)
        if answer.status in (401, 407) and not is_signed:
            self._again(call, request, answer)
        elif answer.status < 300:
            if call.state in ("calling", "ringing"):
                self._become(call, "up", answer.status)
        elif call.state != "up":
            self._become(call, "ended", answer.status)

    def _is_late(self, call: Call, request: Request, answer: Message) -> None:
        """Hang up a phone that answered a call which another had answered already (RFC 3261, 13.2.2.4)."""
        late = Call(self, call.call_id, outgoing=True, request=call.request, sequence=call.sequence)
        late.target = address_of(answer.first("contact"))
        late.remote = answer.first("to")
        late.routes = list(reversed(answer.every("record-route")))
        self._acknowledge(late, request, answer)
        self.within(late, "BYE")

    def _unheard(self, request: Request) -> None:
        sent = dict(request.headers)
        call = self._call(sent["Call-ID"], tag_of(sent["From"]))
        self._note("unheard", sent["Call-ID"], request.method)
        if request.method == "INVITE" and call is not None and call.state in ("calling", "ringing"):
            self._become(call, "ended", 408)

    def _acknowledge(self, call: Call, request: Request, answer: Message) -> None:
        accepted = answer.status < 300
        ack = Request("ACK", call.target if accepted else request.uri)
        sent = dict(request.headers)
        routes = call.routes if accepted else [v for n, v in request.headers if n == "Route"]
        ack.headers = [
            ("Via", self._via() if accepted else sent["Via"]),
            ("Max-Forwards", "70"),
            *(("Route", route) for route in routes),
            ("From", sent["From"]),
            ("To", answer.first("to")),
            ("Call-ID", call.call_id),
            ("CSeq", f"{sent['CSeq'].partition(' ')[0]} ACK"),
        ]
        self._send(ack.encode())

    def _again(self, call: Call, request: Request, challenge: Message) -> None:
        call.sequence += 1
        repeated = self._with_credentials(request, challenge, call.sequence)
        if call.request is request:
            call.request = repeated
        self._ask(repeated)

    # Requests of the other side.

    def _taken(self, request: Message) -> None:
        method = request.start.partition(" ")[0]
        tag = tag_of(request.first("to"))
        call = self._call(request.first("call-id"), tag)
        if method == "INVITE" and not tag:
            self._rung(request)
        elif method == "CANCEL":
            self._cancelled(request)
        elif method == "ACK":
            self._note("ACK", request.first("call-id"))
        elif call is None:
            self._reply(request, 481, "Call Does Not Exist")
        elif method == "BYE":
            self._reply(request, 200, "OK", call.local_tag)
            self._become(call, "ended", call.status)
            self._note("hung up by the other", call.call_id)
        else:
            self._note(f"gets {method}", call.call_id)
            if method in ("INVITE", "UPDATE") and request.every("contact"):
                call.target = address_of(request.first("contact"))
            body = self.described(call) if method == "INVITE" else b""
            self._reply(request, 200, "OK", call.local_tag, body)

    def _cancelled(self, request: Message) -> None:
        mark = branch_of(request.first("via"))
        invited = (one for one in self.calls if one.invite is not None)
        call = next((one for one in invited if branch_of(one.invite.first("via")) == mark), None)  # type: ignore[union-attr]
        if call is None or call.invite is None:
            self._reply(request, 481, "Call Does Not Exist")
            return
        self._reply(request, 200, "OK", call.local_tag)
        if call.state == "ringing":
            self._reply(call.invite, 487, "Request Terminated", call.local_tag)
            self._become(call, "ended", 487)
            self._note("cancelled", call.call_id, request.first("reason"))

    def _rung(self, request: Message) -> None:
        call = Call(self, request.first("call-id"), outgoing=False, invite=request)
        call.remote = request.first("from")
        call.target = address_of(request.first("contact"))
        call.routes = request.every("record-route")
        call.number = address_of(request.first("from")).removeprefix("sip:")
        with self._changed:
            self.calls.append(call)
        if self.refuses:
            self._note("refuses", call.call_id, call.number)
            self.refuse(call, self.refuses)
            return
        self._reply(request, 180, "Ringing", call.local_tag)
        self._become(call, "ringing", 180)
        self._note("rings", call.call_id, call.number)
        if self.answers_after is not None:
            threading.Timer(self.answers_after, self.answer, [call]).start()

    def _call(self, call_id: str, tag: str) -> Call | None:
        """Return the call of a dialog: one Call-ID is rung several times by a queue, each with a tag of ours."""
        return next((one for one in self.calls if (one.call_id, one.local_tag) == (call_id, tag)), None)

    def _become(self, call: Call, state: str, status: int) -> None:
        with self._changed:
            call.state, call.status = state, status
            self.trace.append(Event(time.monotonic(), state, call.call_id, str(status)))
            self._changed.notify_all()
