"""A phone with sound: it says its own letter all the time, and counts whom it hears (RTP, RFC 3550, PCMA)."""

from __future__ import annotations

import re
import secrets
import socket
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from demo.sipclient.calls import Call
from demo.sipclient.client import Account
from demo.sipclient.connection import Connection
from demo.sipclient.message import Message, Request
from demo.sipclient.phone import SipPhone

PACE = 0.02  # seconds; a packet of 160 samples at 8000 a second
PAYLOAD = 160
MUSIC = "music"
_PLACE = re.compile(rb"^c=IN IP4 (\S+)", re.M)
_PORT = re.compile(rb"^m=audio (\d+)", re.M)


@dataclass
class Sound:
    """What one call sounds like: where it is sent, and who was heard how often, in packets."""

    socket: socket.socket
    to: tuple[str, int] | None = None
    is_muted: bool = False
    heard: Counter[str] = field(default_factory=Counter)
    last: list[str] = field(default_factory=list)
    sequence: int = 0
    source: int = field(default_factory=lambda: secrets.randbits(32))
    direction: str = ""
    version: int = 1


class SoundPhone(SipPhone):
    """A phone that speaks. `letter` is what it says; it hears others by theirs, and anything else as music."""

    def __init__(
        self,
        link: Connection,
        account: Account,
        *,
        answers_after: float | None = None,
        refuses: int = 0,
        agent: str = "Myfone test phone",
    ) -> None:
        self.refuses_changes = 0  # a status that it answers to a re-INVITE
        self.letter = account.user[:1].upper() or "T"
        self.sounds: dict[str, Sound] = {}
        self._opening = threading.Lock()
        super().__init__(link, account, answers_after=answers_after, refuses=refuses, agent=agent)
        self._speaker = threading.Thread(target=self._speak, daemon=True)
        self._speaker.start()

    def close(self) -> None:
        super().close()
        self._speaker.join(1)
        for sound in self.sounds.values():
            sound.socket.close()

    def sound(self, call: Call) -> Sound:
        # Whoever answers and whoever listens may be the first to ask.
        with self._opening:
            if call.call_id not in self.sounds:
                opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                opened.bind((self.link.local[0], 0))
                opened.setblocking(False)
                self.sounds[call.call_id] = Sound(opened)
            return self.sounds[call.call_id]

    def described(self, call: Call) -> bytes:
        """Return what the phone offers to hear in a call: it listens at a port of its own."""
        sound = self.sound(call)
        host, port = sound.socket.getsockname()
        lines = ["v=0", f"o=- 1 {sound.version} IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"]
        lines += [f"m=audio {port} RTP/AVP 8", "a=rtpmap:8 PCMA/8000"]
        if sound.direction:
            lines.append(f"a={sound.direction}")
        return "\r\n".join([*lines, ""]).encode()

    def change(self, call: Call, direction: str) -> Request:
        """Send a re-INVITE: sendonly puts the other on hold, sendrecv takes it back."""
        sound = self.sound(call)
        sound.direction, sound.version = direction, sound.version + 1
        headers = (("Content-Type", "application/sdp"),)
        return self.within(call, "INVITE", headers=headers, body=self.described(call))

    def refer(self, call: Call, to: str) -> Request:
        """Press the phone's own transfer key: let the other side of a call talk to somebody else."""
        return self.within(call, "REFER", headers=(("Refer-To", to),))

    def hears(self, call: Call, *whom: str, packets: int = 8, seconds: float = 15.0) -> None:
        """Wait until the last packets came from these alone."""
        self.forget(call)
        self._until(
            call, lambda last: len(last) >= packets and set(last[-packets:]) == set(whom), whom, seconds
        )

    def forget(self, call: Call) -> None:
        """Count from now on."""
        sound = self.sound(call)
        sound.heard.clear()
        sound.last.clear()

    def _until(self, call: Call, holds: object, whom: object, seconds: float) -> None:
        end = time.monotonic() + seconds
        sound = self.sound(call)
        while not holds(sound.last):  # type: ignore[operator]
            if time.monotonic() > end:
                raise TimeoutError(f"{self.account.address} hears {dict(sound.heard)}, and not {whom}")
            self._gone.wait(PACE)

    # The wire.

    def _taken(self, request: Message) -> None:
        if self.refuses_changes and request.start.startswith("INVITE") and ";tag=" in request.first("to"):
            self._reply(request, self.refuses_changes, "Refused")
            return
        # What it says of sound holds before it is answered; of a new call the phone knows only then.
        for known in (True, False):
            if request.start.startswith("INVITE") and request.body:
                self._listens_to(request.first("call-id"), request.body)
            if known:
                super()._taken(request)

    def _told(self, request: Request, answer: Message, *, is_repeated: bool) -> None:
        super()._told(request, answer, is_repeated=is_repeated)
        if answer.body and answer.status < 300:
            self._listens_to(answer.first("call-id"), answer.body)

    def _listens_to(self, call_id: str, body: bytes) -> None:
        call = next((one for one in self.calls if one.call_id == call_id), None)
        place, port = _PLACE.search(body), _PORT.search(body)
        if call is not None and place and port:
            sound = self.sound(call)
            sound.to = (place.group(1).decode(), int(port.group(1)))
            sound.is_muted = b"a=inactive" in body or b"a=sendonly" in body

    def _speak(self) -> None:
        due = time.monotonic()
        said = bytes([ord(self.letter)]) * PAYLOAD
        while not self._gone.wait(max(0.0, due - time.monotonic())):
            due = max(due + PACE, time.monotonic() - 0.2)
            for call in list(self.calls):
                sound = self.sounds.get(call.call_id)
                if sound is None:
                    continue
                self._listen_to(sound)
                if call.state != "up" or sound.to is None or sound.is_muted:
                    continue
                sound.sequence += 1
                head = struct.pack(
                    "!BBHII", 0x80, 8, sound.sequence % 65536, sound.sequence * PAYLOAD, sound.source
                )
                try:
                    sound.socket.sendto(head + said, sound.to)
                except OSError:
                    # Nobody listens there any more.
                    continue

    def _listen_to(self, sound: Sound) -> None:
        while True:
            try:
                data = sound.socket.recv(2048)
            except OSError:
                return
            self._takes(sound, data[12:])

    def _takes(self, sound: Sound, said: bytes) -> None:
        who = chr(said[0]) if said and set(said) == {said[0]} else MUSIC
        sound.heard[who] += 1
        sound.last.append(who)
        del sound.last[:-200]


__all__ = ["MUSIC", "SoundPhone"]
