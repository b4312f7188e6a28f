"""A stand-in for the media relay's music: it remembers, and nobody hears it."""

from __future__ import annotations

from myfone.kernel.gateways import GatewayError
from telephony.gateways.music import NAME


class FakeShelf:
    """Keep files in memory."""

    label = "Stand-in, no caller hears what is kept here"

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.is_away = False

    def names(self) -> set[str]:
        self._there()
        return set(self.files)

    def put(self, name: str, wav: bytes) -> None:
        self._there()
        if not NAME.fullmatch(name):
            raise ValueError(name)
        self.files[name] = wav

    def drop(self, name: str) -> None:
        self._there()
        if not NAME.fullmatch(name):
            raise ValueError(name)
        self.files.pop(name, None)

    def _there(self) -> None:
        if self.is_away:
            raise GatewayError("away")


def gateway() -> FakeShelf:
    """Return a stand-in."""
    return FakeShelf()
