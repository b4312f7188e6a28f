"""Ask rtpengine, which relays the sound of calls: its NG protocol, a bencoded dictionary in a datagram each way."""

from __future__ import annotations

import contextlib
import secrets
import socket
import time
from typing import Any


class MediaAway(Exception):
    """rtpengine does not answer."""


class MediaRefused(Exception):
    """rtpengine answered that it does not do that."""


class Ng:
    """A socket to one rtpengine. `timeout` is in seconds and holds for a question with its repetition."""

    def __init__(self, place: tuple[str, int], *, timeout: float = 0.3) -> None:
        self.place = place
        self.timeout = timeout
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(place)

    def ask(self, command: str, **words: Any) -> dict[str, Any]:
        """Return the answer, keys and texts as str. Raises MediaAway, MediaRefused.

        Underscores in names become hyphens, and None is left out. The question is sent twice, with one cookie, so
        that rtpengine does it once.
        """
        asked = {name.replace("_", "-"): value for name, value in words.items() if value is not None}
        cookie = secrets.token_hex(6).encode()
        question = cookie + b" " + encoded({**asked, "command": command})
        end = time.monotonic() + self.timeout
        for share in (0.5, 1.0):
            with contextlib.suppress(TimeoutError, ConnectionError):
                self._socket.send(question)
                return self._answer(cookie, command, end - self.timeout * (1 - share))
        raise MediaAway(f"{self.place[0]}:{self.place[1]} does not answer")

    def close(self) -> None:
        self._socket.close()

    def _answer(self, cookie: bytes, command: str, end: float) -> dict[str, Any]:
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            data = self._socket.recv(65535)
            if not data.startswith(cookie + b" "):
                continue
            answer, _ = decoded(data, len(cookie) + 1)
            if answer.get("result") not in ("ok", "pong"):
                raise MediaRefused(f"{command}: {answer.get('error-reason', answer)}")
            return dict(answer)


def encoded(value: Any) -> bytes:
    """Return a value in bencode: dictionaries, lists, texts, bytes and whole numbers."""
    if isinstance(value, dict):
        return b"d" + b"".join(encoded(key) + encoded(value[key]) for key in sorted(value)) + b"e"
    if isinstance(value, list | tuple):
        return b"l" + b"".join(map(encoded, value)) + b"e"
    if isinstance(value, int):
        return b"i%de" % value
    data = value.encode() if isinstance(value, str) else bytes(value)
    return b"%d:" % len(data) + data


def decoded(data: bytes, at: int = 0) -> tuple[Any, int]:
    """Return the value that stands at a place in bencode, and where the next one begins."""
    kind = data[at : at + 1]
    if kind in (b"d", b"l"):
        values: list[Any] = []
        at += 1
        while data[at : at + 1] != b"e":
            value, at = decoded(data, at)
            values.append(value)
        found = dict(zip(values[::2], values[1::2], strict=True)) if kind == b"d" else values
        return found, at + 1
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1 : end]), end + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    return data[colon + 1 : end].decode(errors="replace"), end
