"""Call through a switch at a steady pace, and note of every call what it took and what became of it.

One process is caller and callee, so both ends have one clock. An INVITE is timed from before it is
sent, as loopback delivers within that call; it has left when the kernel stamps its arrival at the callee. So what
Python itself takes is no part of the time.
"""

from __future__ import annotations

import heapq
import re
import select
import socket
import struct
import time
from dataclasses import dataclass, field

RINGS, TALKS = 0.03, 0.05  # seconds from INVITE to 200, and from 200 to BYE
LIMIT = 10.0  # seconds after the last call until those that have not ended count as lost
SO_TIMESTAMPNS = 35  # Linux; Python does not name it
STAMP = struct.Struct("@qq")
SDP = (
    "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 0\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n"
)
VIAS = re.compile(rb"^(?:Via|v) *:.*\r\n", re.IGNORECASE | re.MULTILINE)
ROUTES = re.compile(rb"^Record-Route *: *(.*)\r\n", re.IGNORECASE | re.MULTILINE)
COPIED = re.compile(rb"^(?:From|f|To|t|Call-ID|i|CSeq) *:.*\r\n", re.IGNORECASE | re.MULTILINE)
CALL_ID = re.compile(rb"^(?:Call-ID|i) *: *(\S+)", re.IGNORECASE | re.MULTILINE)
TO = re.compile(rb"^((?:To|t) *: *.*)\r\n", re.IGNORECASE | re.MULTILINE)
CONTACT = re.compile(rb"^(?:Contact|m) *: *<([^>]*)>", re.IGNORECASE | re.MULTILINE)
CALLER = re.compile(rb"^(?:From|f) *:.*?sip:[+](\d+)@", re.IGNORECASE | re.MULTILINE)
METHOD = re.compile(rb"^CSeq *: *\d+ +(\w+)", re.IGNORECASE | re.MULTILINE)


@dataclass
class Outcome:
    """One call: when its INVITE went in and came out, and what either end was told."""

    sent: float = 0.0
    arrived: float = 0.0
    caller: list[int] = field(default_factory=list)
    callee: list[str] = field(default_factory=list)
    ended: bool = False
    heard: set[tuple[int, bytes]] = field(default_factory=set)

    @property
    def said(self) -> tuple[tuple[int, ...], tuple[str, ...], bool]:
        """What became of it, without times or order: a busy machine's workers overtake one another."""
        return tuple(sorted(self.caller)), tuple(sorted(self.callee)), self.ended


class Load:
    """Two ends of calls: `source` calls, and `target` is rung. Both are addresses of ours."""

    def __init__(self, source: str, target: str) -> None:
        self.poll = select.epoll()
        self.caller, self.callee = _socket(source), _socket(target)
        self.poll.register(self.caller, select.EPOLLIN)
        self.poll.register(self.callee, select.EPOLLIN)
        self.calls: dict[bytes, Outcome] = {}
        # Behind a controller a call has another name; who calls stays, and is somebody else in each.
        self.callers: dict[bytes, Outcome] = {}
        self.due: list[tuple[float, int, socket.socket, bytes, tuple[str, int]]] = []
        self.count = self.count_due = 0

    @property
    def rung(self) -> str:
        """Where the callee is reached."""
        host, port = self.callee.getsockname()
        return f"{host}:{port}"

    def close(self) -> None:
        self.poll.close()
        self.caller.close()
        self.callee.close()

    def run(self, switch: tuple[str, int], numbers: list[str], *, calls: int, rate: float) -> list[Outcome]:
        """Call these numbers in turn, so many calls at so many a second; return what became of each."""
        self.calls, self.callers, begun, begin = {}, {}, 0, time.monotonic()
        while True:
            now = time.monotonic()
            while begun < calls and now >= begin + begun / rate:
                self._invite(switch, numbers[begun % len(numbers)])
                begun += 1
            while self.due and self.due[0][0] <= now:
                _, _, end, packet, to = heapq.heappop(self.due)
                end.sendto(packet, to)
            if begun == calls and all(each.ended for each in self.calls.values()):
                break
            if now > begin + calls / rate + LIMIT:
                break
            soonest = [begin + begun / rate] if begun < calls else []
            soonest += [self.due[0][0]] if self.due else []
            wait = max(0.0, min(soonest) - now) if soonest else 0.05
            for number, _ in self.poll.poll(wait):
                end = self.caller if number == self.caller.fileno() else self.callee
                self._read(end)
        return list(self.calls.values())

    # The caller.

    def _invite(self, switch: tuple[str, int], number: str) -> None:
        self.count += 1
        host, port = self.caller.getsockname()
        call, caller = f"{self.count}-{int(time.time())}@{host}", f"45{22000000 + self.count}"
        body = SDP.format(host=host)
        packet = (
            f"INVITE sip:{number}@{switch[0]}:{switch[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{self.count}i;rport\r\n"
            f"From: <sip:+{caller}@{host}>;tag=c{self.count}\r\n"
            f"To: <sip:{number}@{switch[0]}>\r\n"
            f"Call-ID: {call}\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:bench@{host}:{port}>\r\n"
            f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()
        outcome = self.calls[call.encode()] = self.callers[caller.encode()] = Outcome()
        outcome.sent = time.time()
        self.caller.sendto(packet, switch)

    def _answered(self, packet: bytes, source: tuple[str, int], call: bytes) -> None:
        host, port = self.caller.getsockname()
        contact, to = CONTACT.search(packet), TO.search(packet)
        if contact is None or to is None:
            return
        number = call.partition(b"-")[0]
        caller = b"%d" % (4522000000 + int(number))
        routes = b"".join(b"Route: " + route + b"\r\n" for route in reversed(ROUTES.findall(packet)))
        for method, sequence, after in ((b"ACK", b"1", 0.0), (b"BYE", b"2", TALKS)):
            request = (
                method + b" " + contact[1] + b" SIP/2.0\r\n"
                b"Via: SIP/2.0/UDP " + f"{host}:{port}".encode() + b";branch=z9hG4bK" + number + method
                + b";rport\r\n" + routes + b"From: <sip:+" + caller + b"@" + host.encode() + b">;tag=c" + number
                + b"\r\n" + to[1] + b"\r\nCall-ID: " + call + b"\r\nCSeq: " + sequence + b" " + method
                + b"\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
            )  # fmt: skip
            if after:
                self._later(after, self.caller, request, source)
            else:
                self.caller.sendto(request, source)

    # Both.

    def _later(self, after: float, end: socket.socket, packet: bytes, to: tuple[str, int]) -> None:
        self.count_due += 1
        heapq.heappush(self.due, (time.monotonic() + after, self.count_due, end, packet, to))

    def _read(self, end: socket.socket) -> None:
        while True:
            try:
                packet, notes, _, source = end.recvmsg(8192, 128)
            except BlockingIOError:
                return
            call = CALL_ID.search(packet)
            caller = CALLER.search(packet)
            outcome = self.calls.get(call[1]) if call else None
            if outcome is None and caller is not None and end is self.callee:
                outcome = self.callers.get(caller[1])
            if call is None or outcome is None:
                continue
            if end is self.callee:
                self._ring(packet, notes, source, outcome)
            else:
                self._hear(packet, source, outcome, call[1])

    def _hear(self, packet: bytes, source: tuple[str, int], outcome: Outcome, call: bytes) -> None:
        status, method = int(packet[8:11]), METHOD.search(packet)
        # What is sent again is no news.
        if status == 100 or method is None or (status, method[1]) in outcome.heard:
            return
        outcome.heard.add((status, method[1]))
        outcome.caller.append(status)
        if method[1] == b"BYE":
            outcome.ended = True
        elif 200 <= status < 300:
            self._answered(packet, source, call)
        elif status >= 300:
            outcome.ended = True

    # The callee.

    def _ring(
        self, packet: bytes, notes: list[tuple[int, int, bytes]], source: tuple[str, int], outcome: Outcome
    ) -> None:
        method = packet.partition(b" ")[0]
        if method.decode() not in outcome.callee:
            outcome.callee.append(method.decode())
        if method == b"INVITE" and not outcome.arrived:
            outcome.arrived = _stamp(notes)
        if method == b"ACK":
            return
        answer = b"".join(VIAS.findall(packet))
        answer += b"".join(b"Record-Route: " + route + b"\r\n" for route in ROUTES.findall(packet))
        for line in COPIED.findall(packet):
            is_first = line[:2].lower() in (b"to", b"t:") and b";tag=" not in line
            answer += line[:-2] + b";tag=callee\r\n" if is_first else line
        host, port = self.callee.getsockname()
        if method != b"INVITE":
            self.callee.sendto(b"SIP/2.0 200 OK\r\n" + answer + b"Content-Length: 0\r\n\r\n", source)
            return
        answer += f"Contact: <sip:bench@{host}:{port}>\r\n".encode()
        body = SDP.format(host=host).encode()
        self.callee.sendto(b"SIP/2.0 180 Ringing\r\n" + answer + b"Content-Length: 0\r\n\r\n", source)
        ok = (
            b"SIP/2.0 200 OK\r\n" + answer + b"Content-Type: application/sdp\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
        )  # fmt: skip
        self._later(RINGS, self.callee, ok, source)


def _socket(address: str) -> socket.socket:
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    end.bind((address, 0))
    end.setblocking(False)
    return end


def _stamp(notes: list[tuple[int, int, bytes]]) -> float:
    for level, kind, data in notes:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = STAMP.unpack(data[: STAMP.size])
            return float(seconds) + nanoseconds / 1e9
    return time.time()
