"""The header that the switch and its controller know one another's messages by; see deploy/kamailio-controller.cfg."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass, replace

HEADER = "X-Myfone-Call"
TOLD_AS = ("offer", "step")  # what the switch tells of as another call of its own


@dataclass(frozen=True)
class Ticket:
    """Who calls, as the switch found out.

    `domain` is empty for the public network; `phone` and `customer` are ids, or 0; `source` is the caller's address.
    `told` are words for the switch: whose place is taken, or what has become of a call; or its own of a call that it
    offers to a queue's agents (`offer`): Call-ID, the caller's tag, the queue's customer, and which offer it is; or of
    one whose plan has a queue in it (`step`): the same two, the step, and whether it is in the records.
    `at` is when it was sealed, in seconds since 1970.
    """

    kind: str = "call"
    domain: str = ""
    user: str = ""
    phone: int = 0
    source: str = ""
    customer: int = 0
    told: tuple[str, ...] = ()
    what: str = ""
    at: int = 0

    def sealed(self, call_id: str, secret: str) -> str:
        """Return the header's value for a message with this Call-ID."""
        words = [word.encode().hex() for word in self.told]
        told = ".".join([self.what, *words] if self.what else words) or "-"
        domain, user, source = (text.encode().hex() or "-" for text in (self.domain, self.user, self.source))
        fields = f"k={self.kind};d={domain};u={user};p={self.phone};s={source};c={self.customer};q={told}"
        fields += f";t={int(time.time())}"
        return f"{fields};proof={proof(call_id, fields, secret)}"

    def of_kind(self, kind: str, *told: str, what: str = "") -> Ticket:
        return replace(self, kind=kind, told=told, what=what)


def proof(call_id: str, fields: str, secret: str) -> str:
    return hashlib.md5(f"{secret}\n{call_id}\n{fields}\n{secret}".encode(), usedforsecurity=False).hexdigest()


def opened(value: str, call_id: str, secret: str) -> Ticket | None:
    """Return what the switch says of a caller, or None when it was not the switch."""
    fields, _, given = value.partition(";proof=")
    if not hmac.compare_digest(given.encode(), proof(call_id, fields, secret).encode()):
        return None
    told = dict(part.partition("=")[::2] for part in fields.split(";"))
    domain, user, source = (bytes.fromhex(told[name].strip("-")).decode() for name in "dus")
    return Ticket(
        kind=told["k"],
        domain=domain,
        user=user,
        phone=int(told["p"]),
        source=source,
        customer=int(told["c"]),
        told=_words(told["q"]) if told["k"] in TOLD_AS else (),
        at=int(told["t"]),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(bytes.fromhex(word).decode() for word in text.split("."))
