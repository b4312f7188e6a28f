"""Put companies' music where the media relay finds it: it reads files itself, so both reach a folder."""

from __future__ import annotations

import re
from typing import Protocol

NAME = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class MusicShelf(Protocol):
    """Keep WAV files by name; what else is kept there is not seen. Raises GatewayError where it is not reached."""

    label: str
    """What a person reads for this shelf; a stand-in says that it is one."""

    def names(self) -> set[str]:
        """Return the names of the files that are there."""
        ...

    def put(self, name: str, wav: bytes) -> None:
        """Keep a file, all of it or none."""
        ...

    def drop(self, name: str) -> None:
        """Forget a file; one that is not there is forgotten already."""
        ...
