"""Reach the HAProxy that calls leave through by TLS: one port for each trunk, see telephony/rules/trunk_front.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from telephony.rules.trunk_front import Line


@dataclass(frozen=True)
class Seen:
    """How a trunk was found when it was last looked at, some seconds ago at most.

    `fault` is empty where its certificate is right, or else `unreachable` or `untrusted`; `said` is the front's own
    word.
    """

    fault: str
    said: str = ""


class TrunkFront(Protocol):
    """Carry calls to trunks by TLS. Every method raises GatewayError where the front is not reached."""

    label: str
    """What a person reads for this front; a stand-in says that it is one."""

    def carry(self, lines: tuple[Line, ...]) -> bool:
        """Have exactly these trunks, and return once that is in force; calls that are up go on.

        Says whether anything had to be changed.
        """
        ...

    def write(self, lines: tuple[Line, ...]) -> object:
        """Write what the front reads when it starts, without telling it."""
        ...

    def seen(self) -> dict[int, Seen]:
        """Return how each trunk was found, by its id; one that was not looked at yet is left out."""
        ...
