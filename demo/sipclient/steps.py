"""What the client did, one step after the other, as codes that a page can put into words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """One thing that the client did or saw.

    `code` is one of dns_answer, dns_nothing, dns_failed, connected, connection_failed, certificate,
    challenged, registered, refused, silent, broken, signed_out.
    """

    code: str
    ok: bool = True
    params: dict[str, Any] = field(default_factory=dict)
