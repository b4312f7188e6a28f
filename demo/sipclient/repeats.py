"""When a message is sent again because nobody has confirmed it (RFC 3261 section 17, table 4)."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

T1 = 0.5
T2 = 4.0
# Timers B, F and H: 64 times T1.
PATIENCE = 64 * T1

Key = tuple[str, str]


@dataclass
class _Open:
    data: bytes
    gap: float
    most: float
    next_at: float
    until: float


class Repeats:
    """What has been sent and not been confirmed; times are seconds on the steady clock, and told by the caller."""

    def __init__(self) -> None:
        self._open: dict[Key, _Open] = {}
        # Started by the thread of whoever uses the phone, and read by the phone's own.
        self._lock = threading.Lock()

    def start(self, key: Key, data: bytes, *, at: float, most: float = math.inf, again: bool = True) -> None:
        """Send `data` again after T1, then at twice the gap, up to `most` seconds; give up after 64 times T1.

        `again` is False on a transport that loses nothing: there is only the giving up.
        """
        with self._lock:
            self._open[key] = _Open(data, T1, most, at + T1 if again else math.inf, at + PATIENCE)

    def slow(self, key: Key) -> None:
        """Go on at gaps of T2: the other side works on it (17.1.2.2, state Proceeding)."""
        with self._lock:
            if key in self._open:
                self._open[key].gap = T2

    def stop(self, key: Key) -> None:
        with self._lock:
            self._open.pop(key, None)

    def due(self, at: float) -> tuple[list[bytes], list[Key]]:
        """Return what is to be sent again now, and the keys that have just been given up."""
        send: list[bytes] = []
        with self._lock:
            given_up = [key for key, one in self._open.items() if one.until <= at]
            for key in given_up:
                del self._open[key]
            for one in self._open.values():
                if one.next_at <= at:
                    send.append(one.data)
                    one.gap = min(one.gap * 2, one.most)
                    one.next_at = at + one.gap
        return send, given_up
