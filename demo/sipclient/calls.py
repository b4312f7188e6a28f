"""What a phone knows of its calls, and the pieces of SIP messages that it needs for them."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from demo.sipclient.message import Message, Request

if TYPE_CHECKING:
    from demo.sipclient.phone import SipPhone

_BRACKETED = re.compile(r"<([^>]+)>")


@dataclass(frozen=True)
class Event:
    """Something that a phone sent or received: `at` is on the machine's steady clock, in seconds."""

    at: float
    what: str
    call_id: str = ""
    detail: str = ""


@dataclass
class Call:
    """One call of a phone; `state` is one of calling, ringing, up, ended."""

    phone: SipPhone
    call_id: str
    outgoing: bool
    state: str = "calling"
    status: int = 0
    invite: Message | None = None
    number: str = ""
    local_tag: str = field(default_factory=lambda: secrets.token_hex(5))
    remote: str = ""
    target: str = ""
    routes: list[str] = field(default_factory=list)
    sequence: int = 1
    request: Request | None = None
    answers: list[Message] = field(default_factory=list)

    def wait(self, *states: str, seconds: float = 20.0) -> Call:
        """Wait until the call is in one of the states. Raises TimeoutError with the phone's trace."""
        self.phone.wait(lambda: self.state in states, seconds, f"{self.call_id} in {states}")
        return self

    def hang_up(self) -> None:
        self.phone.hang_up(self)

    def answer(self) -> None:
        self.phone.answer(self)

    def refuse(self, status: int = 486) -> None:
        self.phone.refuse(self, status)


def address_of(value: str) -> str:
    """Return the address of a From, To or Contact, without the name that may stand before it."""
    match = _BRACKETED.search(value)
    return match.group(1) if match else value.strip().partition(";")[0]


def tagged(value: str, tag: str) -> str:
    return value if ";tag=" in value else f"{value};tag={tag}"


def tag_of(value: str) -> str:
    return value.partition(";tag=")[2].partition(";")[0]


def branch_of(via: str) -> str:
    return via.partition("branch=")[2].partition(";")[0]


def sdp(host: str) -> bytes:
    """Return what a phone at a host offers to hear."""
    lines = ["v=0", f"o=- 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"]
    lines += ["m=audio 40000 RTP/AVP 8", "a=rtpmap:8 PCMA/8000", ""]
    return "\r\n".join(lines).encode()
