"""Put many questions to one server over one socket: bytes out, the matching bytes back.

A socket of its own for each question, as the library has it, costs more than the question. An answer counts when it
comes from the server's address, with the number that we drew for the question, and repeats the question itself.
"""

from __future__ import annotations

import asyncio
import random
from typing import cast

HEADER = 12
_draw = random.SystemRandom()


class Wire(asyncio.DatagramProtocol):
    """A connected socket; the kernel draws its port, and drops what comes from other addresses."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, tuple[bytes, asyncio.Future[bytes]]] = {}
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def open(cls, address: str, port: int) -> Wire:
        """Open a socket to a server. Raises OSError where there is no route to it."""
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_datagram_endpoint(cls, remote_addr=(address, port))
        return wire

    def close(self) -> None:
        """Close the socket; who still waits for an answer gets none."""
        if self._transport is not None:
            self._transport.close()

    async def ask(self, query: bytes, question: bytes, patience: float) -> bytes:
        """Send a query, whose first two bytes are replaced, and wait for its answer.

        question is the query's question section, lower case. Raises TimeoutError, OSError.
        """
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        number = _draw.getrandbits(16).to_bytes(2, "big")
        while number in self._waiting:
            number = _draw.getrandbits(16).to_bytes(2, "big")
        answer: asyncio.Future[bytes] = loop.create_future()
        self._waiting[number] = (question, answer)
        timer = loop.call_later(patience, _give_up, answer)
        try:
            self._transport.sendto(number + query[2:])
            return await answer
        finally:
            timer.cancel()
            del self._waiting[number]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Hand an answer to who asked; one to nobody's question is dropped."""
        question, answer = self._waiting.get(data[:2], (b"", None))
        if answer is None or answer.done():
            return
        if data[HEADER : HEADER + len(question)].lower() == question or _is_bare_refusal(data):
            answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        """Tell everybody that the server is not there."""
        for _, answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(exc)


def _is_bare_refusal(data: bytes) -> bool:
    """Tell whether it is an error without a question and without an answer, as old servers send on EDNS."""
    return data[4:8] == b"\0\0\0\0" and len(data) >= HEADER and data[3] & 15 not in (0, 3)


def _give_up(answer: asyncio.Future[bytes]) -> None:
    if not answer.done():
        answer.set_exception(TimeoutError())
