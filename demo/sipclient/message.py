"""SIP messages as far as a client that registers needs them (RFC 3261 section 7)."""

from __future__ import annotations

from dataclasses import dataclass, field

# Header names in their compact form, RFC 3261 section 7.3.3.
_COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"}


class Unreadable(Exception):
    """The bytes are not a SIP message."""


@dataclass(frozen=True)
class Message:
    """A request or an answer that arrived; header names are lower case and in full."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    @property
    def is_answer(self) -> bool:
        return self.start.startswith("SIP/2.0 ")

    @property
    def status(self) -> int:
        """Return the status code of an answer; 0 for a request."""
        return int(self.start.split()[1]) if self.is_answer else 0

    @property
    def reason(self) -> str:
        return self.start.split(" ", 2)[2] if self.start.count(" ") > 1 else ""

    def first(self, name: str) -> str:
        """Return the first value of a header, or an empty text."""
        return next((value for key, value in self.headers if key == name.lower()), "")

    def every(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name.lower()]


def head_and_rest(data: bytes) -> tuple[bytes, bytes] | None:
    """Split a buffer behind the blank line that ends the headers; None while it has not arrived."""
    head, found, rest = data.partition(b"\r\n\r\n")
    return (head, rest) if found else None


def parse_head(head: bytes) -> Message:
    """Read start line and headers. Raises Unreadable."""
    lines = head.decode("utf-8", "replace").split("\r\n")
    if "SIP/2.0" not in lines[0]:
        raise Unreadable("Something that does not speak SIP answered.")
    headers: list[tuple[str, str]] = []
    for line in lines[1:]:
        if line[:1] in (" ", "\t") and headers:
            name, value = headers[-1]
            headers[-1] = (name, f"{value} {line.strip()}")
            continue
        name, colon, value = line.partition(":")
        if not colon:
            raise Unreadable("The server's answer has a broken header.")
        name = name.strip().lower()
        headers.append((_COMPACT.get(name, name), value.strip()))
    return Message(lines[0], tuple(headers))


def body_length(message: Message) -> int:
    """Return the length that Content-Length promises; 0 without one."""
    value = message.first("content-length")
    return int(value) if value.isdigit() else 0


@dataclass
class Request:
    """A request to send; headers keep their order."""

    method: str
    uri: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def encode(self) -> bytes:
        lines = [f"{self.method} {self.uri} SIP/2.0"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += [f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode() + self.body
