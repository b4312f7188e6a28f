"""Rooms at rtpengine: two parties whose sound goes through it, so that they can be parted and played to."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path
from typing import Any

from telephony.controller.ng import MediaAway, MediaRefused, Ng

log = logging.getLogger("controller")
LOUD = ("sendonly", "recvonly", "inactive", "sendrecv")


class Media:
    """The relay, and whether it was there when it was last asked."""

    def __init__(self, place: tuple[str, int] | None, sounds: Path) -> None:
        self.ng = Ng(place) if place else None
        self.sounds = sounds
        self.is_there = False

    def ask(self, command: str, **words: Any) -> dict[str, Any]:
        """Ask the relay. Raises MediaAway at once where it was away when last asked, and MediaRefused."""
        if self.ng is None or not self.is_there:
            raise MediaAway("no relay")
        try:
            return self.ng.ask(command, **words)
        except MediaAway:
            # Whoever watches it says when it is back; until then nobody waits for it.
            self.is_there = False
            log.warning("rtpengine does not answer")
            raise

    def room(self) -> Room:
        return Room(self)


class Room:
    """One session at the relay; parties are known by the names of their legs.

    While the relay is away, descriptions pass unchanged: the two talk to each other directly.
    """

    def __init__(self, media: Media, name: str = "") -> None:
        self.media = media
        self.name = name or f"room-{secrets.token_hex(8)}"
        self.relays = media.is_there

    def offer(self, party: str, sdp: str, *, to: str | None = None) -> str:
        return self._described("offer", party, sdp, to)

    def answer(self, asked: str, party: str, sdp: str) -> str:
        """Return what `asked` is to hear of the answer of `party`."""
        return self._described("answer", asked, sdp, party)

    def _described(self, command: str, party: str, sdp: str, to: str | None) -> str:
        if not self.relays:
            return sdp
        try:
            told = self.media.ask(
                command,
                call_id=self.name,
                from_tag=party,
                to_tag=to,
                sdp=sdp,
                ICE="remove",
                replace=["origin", "session-connection"],
            )
        except (MediaAway, MediaRefused) as error:
            if command == "answer" and isinstance(error, MediaRefused):
                raise
            log.warning("a call goes past the relay: %s", error)
            self.relays = False
            return sdp
        return str(told["sdp"])

    def play(self, party: str, sound: str, *, times: int = 1) -> None:
        """Let a party hear a sound of ours. Raises MediaAway, MediaRefused."""
        self._ask("play media", party, file=str(self.media.sounds / f"{sound}.wav"), repeat_times=times)

    def play_file(self, party: str, file: str, *, times: int) -> None:
        """Let a party hear a file that the switch has named. Raises MediaAway, MediaRefused."""
        self._ask("play media", party, file=file, repeat_times=times)

    def hush(self, party: str) -> None:
        """Stop what is played to a party."""
        self._ask("stop media", party)

    def part(self, *parties: str) -> None:
        """Let nobody hear these parties."""
        for party in parties:
            self._ask("block media", party)

    def connect(self, *parties: str) -> None:
        """Let these parties be heard again."""
        for party in parties:
            self._ask("unblock media", party)

    def close(self) -> None:
        if self.relays:
            self.relays = False
            try:
                self.media.ask("delete", call_id=self.name, delete_delay=0)
            except (MediaAway, MediaRefused) as error:
                log.info("a room is not deleted: %s", error)

    def _ask(self, command: str, party: str, **words: Any) -> None:
        if not self.relays:
            raise MediaAway("this call goes past the relay")
        self.media.ask(command, call_id=self.name, from_tag=party, **words)


def awake(sdp: str) -> str:
    """Return a description without its hold: whoever takes over a call does not take over the other's silence."""
    lines = [
        line for line in sdp.replace("\r\n", "\n").split("\n") if line[2:] not in LOUD or line[:2] != "a="
    ]
    return "\r\n".join(lines)


CANNED = "\r\n".join(
    [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        "m=audio 9 RTP/AVP 8 0",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:0 PCMU/8000",
        "",
    ]
)
