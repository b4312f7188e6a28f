"""A scripted SIP phone that watches and publishes: what the tests of presence drive."""

from __future__ import annotations

import re
import secrets
import threading
import time
from dataclasses import dataclass, field

from demo.sipclient.client import Session
from demo.sipclient.connection import Connection, ConnectionFailed
from demo.sipclient.digest import authorization, parse_challenge
from demo.sipclient.message import Message, Request
from tests.contract.switching import PASSWORD, Linked, Via

PATIENCE = 20.0
PIDF = (
    '<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf"'
    ' xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:r="urn:ietf:params:xml:ns:pidf:rpid"'
    ' entity="sip:mette@it-bixen.dk"><tuple id="t"><status><basic>open</basic></status>%(note)s</tuple>'
    '<dm:person id="p"><r:activities>%(activity)s</r:activities>%(more)s</dm:person></presence>'
)


def pidf(note: str | None = None, activity: str = "", more: str = "") -> str:
    """Return a presence document as a client writes it."""
    said = "" if note is None else f"<note>{note}</note>"
    return PIDF % {"note": said, "activity": activity and f"<r:{activity}/>", "more": more}


def notes(document: str) -> list[str]:
    """Return every note in a presence document."""
    return re.findall(r"<(?:\w+:)?note[^>]*>([^<]*)<", document)


def activities(document: str) -> list[str]:
    return re.findall(r"<rpid:(?!activities|other)([\w-]+)/>", document)


@dataclass
class Watcher:
    """A phone on a connection of its own, which answers every NOTIFY and keeps what it said."""

    linked: Linked
    link: Connection
    password: str = PASSWORD
    call_id: str = field(default_factory=lambda: secrets.token_hex(12))
    tag: str = field(default_factory=lambda: secrets.token_hex(5))
    sequence: int = 0
    their_tag: str = ""
    target: str = ""
    contact: str = ""  # host:port where it says it is, if not where it is
    heard: list[Message] = field(default_factory=list)
    follower: threading.Thread | None = None
    came: threading.Event = field(default_factory=threading.Event)

    def ask(
        self, method: str, uri: str, *, headers: dict[str, str] | None = None, body: str = "", to: str = ""
    ) -> Message:
        """Send a request in the phone's name, answering one challenge, and return the final answer."""
        credentials = ""
        for _ in range(2):
            answer = self._send(method, uri, headers or {}, body, to, credentials)
            if answer.status != 401 or credentials:
                return answer
            challenge = parse_challenge(answer.first("www-authenticate"))
            credentials = authorization(
                challenge,
                user=self.linked.phone.username,
                password=self.password,
                method=method,
                uri=uri,
            )
        return answer

    def watch(self, target: str, event: str = "presence", expires: int = 600) -> Message:
        """Subscribe to somebody, or refresh the subscription."""
        accept = "application/dialog-info+xml" if event == "dialog" else "application/pidf+xml"
        to = f"<sip:{target}>" + (f";tag={self.their_tag}" if self.their_tag else "")
        answer = self.ask(
            "SUBSCRIBE",
            f"sip:{target}",
            headers={"Event": event, "Accept": accept, "Expires": str(expires)},
            to=to,
        )
        if answer.status < 300 and ";tag=" in answer.first("to"):
            self.their_tag = answer.first("to").rpartition(";tag=")[2]
        return answer

    def publish(self, body: str = "", *, etag: str = "", expires: int = 600, about: str = "") -> Message:
        headers = {"Event": "presence", "Expires": str(expires)}
        if etag:
            headers["SIP-If-Match"] = etag
        if body:
            headers["Content-Type"] = "application/pidf+xml"
        return self.ask("PUBLISH", f"sip:{about or self.linked.phone}", headers=headers, body=body)

    def documents(self) -> list[str]:
        return [message.body.decode() for message in self.heard if message.body]

    def wait_for(self, *words: str, without: str = "", seconds: float = PATIENCE) -> str:
        """Wait until the latest document has all these words and not that one, and return it."""
        end = time.monotonic() + seconds
        while True:
            latest = self.documents()[-1:]
            for document in latest:
                if all(word in document for word in words) and not (without and without in document):
                    return document
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError(f"No NOTIFY with {words}; heard:\n" + "\n".join(self.documents()))
            if self.follower:
                self.came.wait(left)
                self.came.clear()
                continue
            try:
                self._take(self.link.receive(left))
            except TimeoutError:
                continue

    def follow(self) -> None:
        """Answer by itself from now on, and ask nothing more.

        The switch drops whoever leaves a NOTIFY unanswered for three seconds, and tests do other things meanwhile.
        """
        self.follower = threading.Thread(target=self._follow, daemon=True)
        self.follower.start()

    def _follow(self) -> None:
        while True:
            try:
                self._take(self.link.receive(0.2))
            except TimeoutError:
                continue
            except (ConnectionFailed, OSError, ValueError):
                return
            self.came.set()

    def close(self) -> None:
        self.link.close()
        if self.follower:
            self.follower.join(2)

    def _send(
        self, method: str, uri: str, headers: dict[str, str], body: str, to: str, credentials: str
    ) -> Message:
        self.sequence += 1
        host, port = self.link.local
        me = f"<sip:{self.linked.phone}>"
        request = Request(method, uri, body=body.encode())
        user = self.linked.phone.username
        transport = self.link.transport
        request.headers = [
            ("Via", f"SIP/2.0/{transport} {host}:{port};branch=z9hG4bK{secrets.token_hex(8)};rport"),
            ("Max-Forwards", "70"),
            ("From", f"{me};tag={self.tag}"),
            ("To", to or f"<{uri}>"),
            ("Call-ID", self.call_id),
            ("CSeq", f"{self.sequence} {method}"),
            ("Contact", f"<sip:{user}@{self.contact or f'{host}:{port}'};transport={transport.lower()}>"),
            ("User-Agent", "Watcher/1"),
            *headers.items(),
        ]
        if credentials:
            request.headers.append(("Authorization", credentials))
        self.link.send(request.encode())
        mark = f"{self.sequence} {method}"
        end = time.monotonic() + PATIENCE
        while True:
            message = self.link.receive(max(0.01, end - time.monotonic()))
            if message.is_answer:
                if message.first("cseq") == mark and message.status >= 200:
                    return message
                continue
            self._take(message)

    def _take(self, message: Message) -> None:
        if message.is_answer:
            return
        lines = ["SIP/2.0 200 OK"]
        lines += [f"Via: {value}" for value in message.every("via")]
        lines += [f"{name}: {message.first(name)}" for name in ("from", "to", "call-id", "cseq")]
        self.link.send("\r\n".join([*lines, "Content-Length: 0", "", ""]).encode())
        self.heard.append(message)


def phone(linked: Linked, via: Via, password: str = PASSWORD) -> Watcher:
    """Return a phone of somebody that is not registered, and can watch and publish all the same."""
    return Watcher(linked, via(), password)


__all__ = ["PIDF", "Session", "Watcher", "activities", "notes", "phone", "pidf"]
