"""A phone that is rung and rings others: it registers, answers, refuses and hangs up, and notes when what happened.

It speaks what tests and the demo need of RFC 3261; there is no sound in its calls. Each phone has a thread of its own.
"""

from __future__ import annotations

import secrets
import select
import threading
import time
from collections.abc import Callable

from demo.sipclient.calls import Call, Event, address_of, branch_of, sdp, tagged
from demo.sipclient.client import Account
from demo.sipclient.connection import Connection, ConnectionFailed
from demo.sipclient.digest import authorization, parse_challenge
from demo.sipclient.message import Message, Request, Unreadable

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO"


class SipPhone:
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
        self.link = link
        self.account = account
        self.answers_after = answers_after
        self.refuses = refuses
        self.agent = agent
        self.claims = ""  # a Contact to give instead of the true one
        self.trace: list[Event] = []
        self.calls: list[Call] = []
        self.received: list[Message] = []
        self._changed = threading.Condition()
        self._asked: dict[str, tuple[Request, str]] = {}
        self._final: dict[str, Message] = {}
        self._closed = False
        self._gone = threading.Event()
        # A TLS connection is not read and written by two threads at once.
        self._sending = threading.Lock()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> SipPhone:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop the connection without a word."""
        self._closed = True
        self._gone.set()
        self.link.close()
        self._thread.join(2)

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
        request.body = sdp(self.link.local[0])
        call.request = request
        with self._changed:
            self.calls.append(call)
        self._note("calls", call.call_id, number)
        self._ask(request)
        return call

    def answer(self, call: Call) -> None:
        if call.state == "ringing" and call.invite is not None and not call.outgoing:
            self._reply(call.invite, 200, "OK", call)
            self._become(call, "up", 200)

    def refuse(self, call: Call, status: int = 486) -> None:
        if call.invite is not None:
            self._reply(call.invite, status, "Refused", call)
            self._become(call, "ended", status)

    def hang_up(self, call: Call) -> None:
        """End a call that is up, or give up one that has not been answered."""
        if call.state == "up":
            self.within(call, "BYE")
            self._become(call, "ended", call.status)
        elif call.outgoing and call.request is not None and call.state != "ended":
            given_up = Request("CANCEL", call.request.uri)
            kept = {"via", "from", "to", "call-id", "max-forwards"}
            given_up.headers = [(n, v) for n, v in call.request.headers if n.lower() in kept]
            given_up.headers.append(("CSeq", f"{call.sequence} CANCEL"))
            self._send(given_up.encode())
            self._note("cancels", call.call_id)

    def within(
        self, call: Call, method: str, *, target: str = "", routes: list[str] | None = None
    ) -> Request:
        """Send a request within a call; target and routes are the call's own unless told otherwise."""
        call.sequence += 1
        request = Request(method, target or call.target)
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
        ]
        self._note(f"sends {method}", call.call_id)
        self._ask(request)
        return request

    def final(self, request: Request, seconds: float = 10.0) -> Message:
        """Wait for the final answer to a request within a call."""
        mark = branch_of(dict(request.headers)["Via"])
        self.wait(lambda: mark in self._final, seconds, f"an answer to {request.method}")
        return self._final[mark]

    # What tests ask.

    def wait(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        with self._changed:
            if self._changed.wait_for(condition, seconds):
                return
        lines = "\n".join(f"{e.at:.3f} {e.what} {e.detail}" for e in self.trace)
        raise TimeoutError(f"{self.account.address}: no {what} within {seconds} s\n{lines}")

    def rung(self, *, seconds: float = 10.0, after: int = 0) -> Call:
        """Wait for a call to ring here or be refused, beyond the first `after` ones, and return it."""

        def incoming() -> list[Call]:
            # One that has just come in does not ring yet, and could not be answered.
            return [call for call in self.calls if not call.outgoing and call.state != "calling"]

        self.wait(lambda: len(incoming()) > after, seconds, "call")
        return incoming()[after]

    def times(self, what: str) -> list[float]:
        """Return when something happened, such as "rings", "cancelled" or "up"."""
        return [event.at for event in self.trace if event.what == what]

    @property
    def was_rung(self) -> bool:
        return any(not call.outgoing for call in self.calls)

    @property
    def contact(self) -> str:
        host, port = self.link.local
        return (
            self.claims
            or f"<sip:{self.account.user or 'trunk'}@{host}:{port};transport={self.link.transport.lower()}>"
        )

    # The wire.

    def _listen(self) -> None:
        while not self._closed:
            try:
                if not self.link.pending() and not select.select([self.link], [], [], 0.1)[0]:
                    continue
                with self._sending:
                    message = self.link.receive(0.05)
            except TimeoutError:
                continue
            except (ConnectionFailed, Unreadable, OSError, ValueError):
                # The far end has gone, or says that nobody listens there: the phone is silent until it is closed.
                self._gone.wait(0.05)
                continue
            with self._changed:
                self.received.append(message)
            try:
                if message.is_answer:
                    self._answered(message)
                else:
                    self._asked_for(message)
            except (ConnectionFailed, OSError):
                if not self._closed:
                    raise
            with self._changed:
                self._changed.notify_all()

    def _answered(self, message: Message) -> None:
        method = message.first("cseq").partition(" ")[2]
        mark = branch_of(message.first("via"))
        call = self._call(message)
        if method == "INVITE" and call is not None:
            self._invite_answered(call, message, mark)
        elif message.status >= 200:
            self._final[mark] = message

    def _invite_answered(self, call: Call, message: Message, mark: str) -> None:
        call.answers.append(message)
        if message.status < 200:
            if message.status > 100 and call.state == "calling":
                self._become(call, "ringing", message.status)
            return
        request = self._asked.get(mark, (call.request, ""))[0]
        assert request is not None
        if message.status < 300:
            call.target = address_of(message.first("contact"))
            if call.state != "up":
                call.remote = message.first("to")
                call.routes = list(reversed(message.every("record-route")))
        self._acknowledge(call, request, message)
        if message.status in (401, 407) and not any(
            name in ("Authorization", "Proxy-Authorization") for name, _ in request.headers
        ):
            self._again(call, request, message)
        elif message.status < 300:
            self._final[mark] = message
            if call.state in ("calling", "ringing"):
                self._become(call, "up", message.status)
        elif call.state != "up":
            self._become(call, "ended", message.status)
        else:
            self._final[mark] = message

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
        repeated = Request(request.method, request.uri, list(request.headers), request.body)
        fresh = {"Via": self._via(), "CSeq": f"{call.sequence} {request.method}"}
        repeated.headers = [(name, fresh.get(name, value)) for name, value in request.headers]
        repeated.headers.append(self._credentials(request, challenge))
        if call.request is request:
            call.request = repeated
        self._ask(repeated)

    def _asked_for(self, message: Message) -> None:
        method = message.start.partition(" ")[0]
        call = self._call(message)
        if method == "INVITE" and call is None:
            self._rung(message)
        elif method == "CANCEL" and call is not None and call.invite is not None:
            self._reply(message, 200, "OK", call)
            if call.state == "ringing":
                self._reply(call.invite, 487, "Request Terminated", call)
                self._become(call, "ended", 487)
                self._note("cancelled", call.call_id, message.first("reason"))
        elif method == "ACK":
            self._note("ACK", message.first("call-id"))
        elif call is None:
            self._reply(message, 481, "Call Does Not Exist", None)
        elif method == "BYE":
            self._reply(message, 200, "OK", call)
            self._become(call, "ended", call.status)
            self._note("hung up by the other", call.call_id)
        else:
            self._note(f"gets {method}", call.call_id)
            if method in ("INVITE", "UPDATE") and message.every("contact"):
                call.target = address_of(message.first("contact"))
            self._reply(message, 200, "OK", call)

    def _rung(self, message: Message) -> None:
        call = Call(self, message.first("call-id"), outgoing=False, invite=message)
        call.remote = message.first("from")
        call.target = address_of(message.first("contact"))
        call.routes = message.every("record-route")
        call.number = address_of(message.first("from")).removeprefix("sip:")
        with self._changed:
            self.calls.append(call)
        if self.refuses:
            self._note("refuses", call.call_id, call.number)
            self.refuse(call, self.refuses)
            return
        self._reply(message, 180, "Ringing", call)
        self._become(call, "ringing", 180)
        self._note("rings", call.call_id, call.number)
        if self.answers_after is not None:
            threading.Timer(self.answers_after, self.answer, [call]).start()

    def _reply(self, request: Message, status: int, reason: str, call: Call | None) -> None:
        method = request.start.partition(" ")[0]
        lines = [f"SIP/2.0 {status} {reason}", *(f"Via: {via}" for via in request.every("via"))]
        if method == "INVITE" and status < 300:
            lines += [f"Record-Route: {route}" for route in request.every("record-route")]
        tag = call.local_tag if call is not None else secrets.token_hex(4)
        lines += [
            f"From: {request.first('from')}",
            f"To: {tagged(request.first('to'), tag)}",
            f"Call-ID: {request.first('call-id')}",
            f"CSeq: {request.first('cseq')}",
            f"Allow: {ALLOW}",
            f"Contact: {self.contact}",
        ]
        body = sdp(self.link.local[0]) if method == "INVITE" and 200 <= status < 300 else b""
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body)}", "", ""]
        self._send("\r\n".join(lines).encode() + body)

    def _new(self, method: str, uri: str, call_id: str, sequence: int, tag: str = "") -> Request:
        me = f"<sip:{self.account.address}>"
        request = Request(method, uri)
        request.headers = [
            ("Via", self._via()),
            ("Max-Forwards", "70"),
            ("From", f"{me};tag={tag or secrets.token_hex(5)}"),
            ("To", me if method == "REGISTER" else f"<{uri}>"),
            ("Call-ID", call_id),
            ("CSeq", f"{sequence} {method}"),
            ("Allow", ALLOW),
            ("User-Agent", self.agent),
        ]
        return request

    def _transact(self, request: Request) -> Message:
        self._ask(request)
        answer = self.final(request)
        if answer.status in (401, 407):
            repeated = Request(request.method, request.uri, list(request.headers), request.body)
            fresh = {"Via": self._via(), "CSeq": f"2 {request.method}"}
            repeated.headers = [(name, fresh.get(name, value)) for name, value in request.headers]
            repeated.headers.append(self._credentials(request, answer))
            self._ask(repeated)
            answer = self.final(repeated)
        return answer

    def _credentials(self, request: Request, challenge: Message) -> tuple[str, str]:
        by_proxy = challenge.status == 407
        asked = challenge.first("proxy-authenticate" if by_proxy else "www-authenticate")
        value = authorization(
            parse_challenge(asked),
            user=self.account.user,
            password=self.account.password,
            method=request.method,
            uri=request.uri,
        )
        return ("Proxy-Authorization" if by_proxy else "Authorization", value)

    def _ask(self, request: Request) -> None:
        self._asked[branch_of(dict(request.headers)["Via"])] = (request, "")
        self._send(request.encode())

    def _call(self, message: Message) -> Call | None:
        return next((call for call in self.calls if call.call_id == message.first("call-id")), None)

    def _become(self, call: Call, state: str, status: int) -> None:
        with self._changed:
            call.state, call.status = state, status
            self.trace.append(Event(time.monotonic(), state, call.call_id, str(status)))
            self._changed.notify_all()

    def _note(self, what: str, call_id: str = "", detail: str = "") -> None:
        with self._changed:
            self.trace.append(Event(time.monotonic(), what, call_id, detail))
            self._changed.notify_all()

    def _send(self, data: bytes) -> None:
        with self._sending:
            self.link.send(data)

    def _via(self) -> str:
        host, port = self.link.local
        return f"SIP/2.0/{self.link.transport} {host}:{port};branch=z9hG4bK{secrets.token_hex(8)};rport"
