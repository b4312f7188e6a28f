"""Stand in front of a real name server and let it fail by script: drop, delay, truncate, refuse, answer otherwise.

Everything that is not scripted passes through, byte for byte but for the message id. `python -m stack.dns_faults` runs
one as a process of its own, with shares of loss and SERVFAIL.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import dns.message
import dns.rcode

QR, TC, AA = 0x8000, 0x0200, 0x0400
HEADER = struct.Struct("!HHHHHH")


@dataclass(frozen=True)
class Fault:
    """How a server fails; `only` limits it to owner names that begin so.

    drop and servfail are shares of the questions (1 is all of them), drop_first a number of datagrams per question;
    delay is in seconds; rcode is answered in place of everything; strip_aa makes the server one that does not hold the
    zone; rewrite changes an answer.
    """

    only: str = ""
    drop: float = 0
    drop_first: int = 0
    servfail: float = 0
    rcode: int | None = None
    delay: float = 0
    truncate: bool = False
    refuse_tcp: bool = False
    strip_aa: bool = False
    no_edns: bool = False
    rewrite: Callable[[bytes], bytes] | None = None


NONE = Fault()


class FaultyDns:
    """A proxy on `listen` before the server at `to`, in a thread of its own; set `fault` at any time."""

    def __init__(self, listen: tuple[str, int], to: tuple[str, int], *, seed: int = 1) -> None:
        self.listen, self.to = listen, to
        self.fault = NONE
        self.chance = random.Random(seed)  # noqa: S311 - a test's weather, the same in every run
        self.seen: dict[bytes, int] = {}
        self.questions = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen; return when both sockets do."""
        ready = threading.Event()
        failure: list[BaseException] = []

        def run() -> None:
            loop = asyncio.new_event_loop()
            self._loop = loop
            try:
                loop.run_until_complete(self.open())
            except OSError as error:
                failure.append(error)
                return
            finally:
                ready.set()
            loop.run_forever()
            loop.close()

        self._thread = threading.Thread(target=run, name="dns-faults", daemon=True)
        self._thread.start()
        if not ready.wait(60):
            raise TimeoutError(f"the proxy before {self.to} does not listen")
        if failure:
            raise failure[0]

    def stop(self) -> None:
        """Close everything."""
        if self._loop is not None and self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)

    def behave(self, fault: Fault = NONE) -> None:
        """Fail like this from now on; without an argument, not at all."""
        self.fault = fault
        self.seen.clear()

    async def open(self) -> None:
        """Listen in the running loop."""
        loop = asyncio.get_running_loop()
        upstream = _Upstream(self)
        await loop.create_datagram_endpoint(lambda: upstream, remote_addr=self.to)
        await loop.create_datagram_endpoint(lambda: _Front(self, upstream), local_addr=self.listen)
        await asyncio.start_server(self._stream, *self.listen)

    def verdict(self, query: bytes) -> tuple[Fault, bytes | None, bool]:
        """Return the fault that a question meets, the answer to give at once if any, and whether to drop it."""
        self.questions += 1
        fault = self.fault
        if fault is NONE or (fault.only and not owner_of(query).startswith(fault.only)):
            return NONE, None, False
        if fault.drop and self.chance.random() < fault.drop:
            return fault, None, True
        if fault.drop_first:
            times = self.seen[query[2:]] = self.seen.get(query[2:], 0) + 1
            if times <= fault.drop_first:
                return fault, None, True
        if fault.servfail and self.chance.random() < fault.servfail:
            return fault, bare(query, dns.rcode.SERVFAIL), False
        if fault.rcode is not None:
            return fault, bare(query, fault.rcode), False
        if fault.no_edns and HEADER.unpack_from(query)[5]:
            return fault, bare(query, dns.rcode.FORMERR), False
        return fault, None, False

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                (size,) = struct.unpack("!H", await reader.readexactly(2))
                query = await reader.readexactly(size)
                fault, at_once, dropped = self.verdict(query)
                if fault.refuse_tcp or dropped:
                    break
                answer = at_once or altered(await self._through_tcp(query), fault, udp=False)
                await asyncio.sleep(fault.delay)
                writer.write(struct.pack("!H", len(answer)) + answer)
                await writer.drain()
        writer.close()

    async def _through_tcp(self, query: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*self.to)
        writer.write(struct.pack("!H", len(query)) + query)
        (size,) = struct.unpack("!H", await reader.readexactly(2))
        answer = await reader.readexactly(size)
        writer.close()
        return answer


class _Front(asyncio.DatagramProtocol):
    def __init__(self, proxy: FaultyDns, upstream: _Upstream) -> None:
        self.proxy, self.upstream = proxy, upstream

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        fault, at_once, dropped = self.proxy.verdict(data)
        if dropped:
            return
        if at_once is not None:
            self.transport.sendto(at_once, addr)
        else:
            self.upstream.put(data, fault, lambda answer: self.transport.sendto(answer, addr))


class _Upstream(asyncio.DatagramProtocol):
    """One connected socket to the real server; ids are our own, so that two clients' never meet."""

    def __init__(self, proxy: FaultyDns) -> None:
        self.proxy = proxy
        self.number = 0
        self.waiting: dict[int, tuple[bytes, Fault, Callable[[bytes], None]]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def put(self, query: bytes, fault: Fault, reply: Callable[[bytes], None]) -> None:
        """Pass a question on; its answer goes to `reply`."""
        self.number = (self.number + 1) % 0x10000
        self.waiting[self.number] = (query[:2], fault, reply)
        self.transport.sendto(struct.pack("!H", self.number) + query[2:])

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        found = self.waiting.pop(struct.unpack_from("!H", data)[0], None)
        if found is None:
            return
        number, fault, reply = found
        answer = altered(number + data[2:], fault, udp=True)
        if fault.delay:
            asyncio.get_running_loop().call_later(fault.delay, reply, answer)
        else:
            reply(answer)

    def error_received(self, exc: Exception) -> None:
        """Take a server that is not there for one that is silent."""


def owner_of(query: bytes) -> str:
    """Return the name that a question is about, in lower case."""
    question = dns.message.from_wire(query, question_only=True).question
    return question[0].name.to_text().lower()


def end_of_question(message: bytes) -> int:
    """Return where the question section ends."""
    at = HEADER.size
    while message[at]:
        at += message[at] + 1
    return at + 5


def bare(query: bytes, rcode: int) -> bytes:
    """Return an answer that holds nothing but an error."""
    number, flags, *_ = HEADER.unpack_from(query)
    header = HEADER.pack(number, QR | (flags & 0x7900) | rcode, 1, 0, 0, 0)
    return header + query[HEADER.size : end_of_question(query)]


def altered(answer: bytes, fault: Fault, *, udp: bool) -> bytes:
    """Return what becomes of an answer on its way."""
    if fault.rewrite is not None:
        answer = fault.rewrite(answer)
    number, flags, questions, *_ = HEADER.unpack_from(answer)
    if fault.strip_aa:
        answer = HEADER.pack(number, flags & ~AA, *HEADER.unpack_from(answer)[2:]) + answer[HEADER.size :]
    if fault.truncate and udp:
        cut = HEADER.pack(number, flags | TC, questions, 0, 0, 0)
        answer = cut + answer[HEADER.size : end_of_question(answer)]
    return answer


def main() -> None:
    """Run one proxy until it is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", required=True, help="address:port")
    parser.add_argument("--to", required=True, help="address:port of the real server")
    parser.add_argument("--drop", type=float, default=0.0)
    parser.add_argument("--servfail", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    listen, to = (
        (host, int(port)) for host, _, port in (o.rpartition(":") for o in (options.listen, options.to))
    )
    proxy = FaultyDns(listen, to, seed=options.seed)
    proxy.behave(Fault(drop=options.drop, servfail=options.servfail))

    async def serve() -> None:
        await proxy.open()
        print("ready", flush=True)
        await asyncio.Event().wait()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
