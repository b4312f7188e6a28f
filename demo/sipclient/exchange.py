"""Requests and answers on one connection, as RFC 3261 section 17 wants them.

What the wire lost is sent again, what comes twice is answered once more and heard once, and nobody waits for ever.
"""

from __future__ import annotations

import secrets
import select
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Self

from demo.sipclient.calls import Event, branch_of, tagged
from demo.sipclient.client import Account
from demo.sipclient.connection import Connection, ConnectionFailed
from demo.sipclient.digest import authorization, parse_challenge
from demo.sipclient.message import Message, Request, Unreadable
from demo.sipclient.repeats import T2, Repeats

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO"

# The sender's branch and the method: a CANCEL has the branch of what it cancels (17.1.3, 17.2.3).
Transaction = tuple[str, str]


class Exchange(ABC):
    """An open connection with a thread of its own, which listens; what arrives is told to the methods below."""

    def __init__(self, link: Connection, account: Account, *, agent: str = "Myfone test phone") -> None:
        self.link = link
        self.account = account
        self.agent = agent
        self.claims = ""  # a Contact to give instead of the true one
        self.trace: list[Event] = []
        self.received: list[Message] = []
        self._changed = threading.Condition()
        self._asked: dict[Transaction, Request] = {}
        self._final: dict[Transaction, Message] = {}
        self._said: dict[Transaction, bytes] = {}
        self._repeats = Repeats()
        self._closed = False
        self._gone = threading.Event()
        # A TLS connection is not read and written by two threads at once.
        self._sending = threading.Lock()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop the connection without a word."""
        self._closed = True
        self._gone.set()
        self.link.close()
        self._thread.join(2)

    # What tests ask.

    def wait(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        with self._changed:
            if self._changed.wait_for(condition, seconds):
                return
        lines = "\n".join(f"{e.at:.3f} {e.what} {e.detail}" for e in self.trace)
        raise TimeoutError(f"{self.account.address}: no {what} within {seconds} s\n{lines}")

    def final(self, request: Request, seconds: float = 10.0) -> Message:
        """Wait for the final answer to a request."""
        mark = _transaction(request)
        self.wait(lambda: mark in self._final, seconds, f"an answer to {request.method}")
        return self._final[mark]

    def times(self, what: str) -> list[float]:
        """Return when something happened, such as "rings", "cancelled" or "up"."""
        return [event.at for event in self.trace if event.what == what]

    @property
    def contact(self) -> str:
        host, port = self.link.local
        return (
            self.claims
            or f"<sip:{self.account.user or 'trunk'}@{host}:{port};transport={self.link.transport.lower()}>"
        )

    # What a phone does with what arrives.

    @abstractmethod
    def _taken(self, request: Message) -> None:
        """Act on a request that came for the first time."""

    @abstractmethod
    def _told(self, request: Request, answer: Message, *, is_repeated: bool) -> None:
        """Act on an answer to an INVITE; a final one that comes twice is to be acknowledged twice."""

    @abstractmethod
    def _unheard(self, request: Request) -> None:
        """Act on a request that nobody answered."""

    # The wire.

    def _listen(self) -> None:
        while not self._closed:
            try:
                self._keep_trying()
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

    def _keep_trying(self) -> None:
        send, given_up = self._repeats.due(time.monotonic())
        for key in given_up:
            if key in self._asked:
                self._unheard(self._asked[key])
        for data in send:
            self._send(data)

    def _answered(self, message: Message) -> None:
        mark = (branch_of(message.first("via")), message.first("cseq").partition(" ")[2])
        request = self._asked.get(mark)
        if request is None:
            return
        is_invite, is_final, is_repeated = (
            request.method == "INVITE",
            message.status >= 200,
            mark in self._final,
        )
        if is_invite or is_final:
            self._repeats.stop(mark)
        else:
            self._repeats.slow(mark)
        if is_final:
            self._final.setdefault(mark, message)
        if is_invite:
            self._told(request, message, is_repeated=is_repeated)

    def _asked_for(self, message: Message) -> None:
        method = message.start.partition(" ")[0]
        if method == "ACK":
            self._repeats.stop(_dialog(message))
            self._taken(message)
            return
        mark = (branch_of(message.first("via")), method)
        if mark in self._said:
            if said := self._said[mark]:
                self._send(said)
            return
        self._said[mark] = b""
        self._taken(message)

    def _ask(self, request: Request) -> None:
        mark = _transaction(request)
        self._asked[mark] = request
        data, loses = request.encode(), self.link.transport == "UDP"
        if request.method == "INVITE":
            self._repeats.start(mark, data, at=time.monotonic(), again=loses)
        else:
            self._repeats.start(mark, data, at=time.monotonic(), most=T2, again=loses)
        self._send(data)

    def _reply(self, request: Message, status: int, reason: str, tag: str = "", body: bytes = b"") -> None:
        """Answer a request, with a session description where there is a body."""
        method = request.start.partition(" ")[0]
        lines = [f"SIP/2.0 {status} {reason}", *(f"Via: {via}" for via in request.every("via"))]
        if method == "INVITE" and status < 300:
            lines += [f"Record-Route: {route}" for route in request.every("record-route")]
        lines += [
            f"From: {request.first('from')}",
            f"To: {tagged(request.first('to'), tag or secrets.token_hex(4))}",
            f"Call-ID: {request.first('call-id')}",
            f"CSeq: {request.first('cseq')}",
            f"Allow: {ALLOW}",
            f"Contact: {self.contact}",
        ]
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body)}", "", ""]
        data = "\r\n".join(lines).encode() + body
        self._said[branch_of(request.first("via")), method] = data
        if method == "INVITE" and status >= 200:
            # A call that is taken is said again until the ACK on every transport: UDP may follow (13.3.1.4).
            loses = self.link.transport == "UDP" or status < 300
            self._repeats.start(_dialog(request), data, at=time.monotonic(), most=T2, again=loses)
        self._send(data)

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
            repeated = self._with_credentials(request, answer, 2)
            self._ask(repeated)
            answer = self.final(repeated)
        return answer

    def _with_credentials(self, request: Request, challenge: Message, sequence: int) -> Request:
        repeated = Request(request.method, request.uri, list(request.headers), request.body)
        fresh = {"Via": self._via(), "CSeq": f"{sequence} {request.method}"}
        repeated.headers = [(name, fresh.get(name, value)) for name, value in request.headers]
        by_proxy = challenge.status == 407
        asked = challenge.first("proxy-authenticate" if by_proxy else "www-authenticate")
        value = authorization(
            parse_challenge(asked),
            user=self.account.user,
            password=self.account.password,
            method=request.method,
            uri=request.uri,
        )
        repeated.headers.append(("Proxy-Authorization" if by_proxy else "Authorization", value))
        return repeated

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


def _transaction(request: Request) -> Transaction:
    return branch_of(dict(request.headers)["Via"]), request.method


def _dialog(request: Message) -> tuple[str, str]:
    """Return what an INVITE and the ACK of its answer have in common."""
    return request.first("call-id"), request.first("cseq").partition(" ")[0]
