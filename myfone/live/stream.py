"""Serve the streams over ASGI."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

import psycopg
from django.db import DatabaseError

from myfone.live.hub import RETRY, Client, Full, Hub

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = "/live/"
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
LONGEST_QUERY = 4000


class Live:
    """The application: GET /live/ is a stream, GET /live/health says how many there are."""

    def __init__(self) -> None:
        self.hub: Hub | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._hub()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self.hub is not None:
                    await self.hub.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _hub(self) -> Hub:
        if self.hub is None:
            # Looking for rings of garbage after every 700 objects took a tenth of the time of a change that goes to a
            # thousand streams; what is made for one leaves none.
            gc.freeze()
            gc.set_threshold(50_000, 20, 20)
            self.hub = Hub()
            self.hub.start()
        return self.hub

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        hub = self._hub()
        if scope["path"] == PATH + "health":
            await refuse(send, 503 if hub.is_away else 200, f"{len(hub.clients)} streams\n")
        elif scope["path"] != PATH:
            await refuse(send, 404, "not found\n")
        elif scope["method"] != "GET":
            await refuse(send, 405, "GET alone\n")
        else:
            await self._open(hub, scope, receive, send)

    async def _open(self, hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
        asked = parse_qs(scope["query_string"][:LONGEST_QUERY].decode("ascii", "replace"))
        people = ",".join(asked.get("people", [])).split(",")
        queues = ",".join(asked.get("queues", [])).split(",")
        language = asked.get("language", [""])[0]
        try:
            visitor = await hub.admit(cookies(scope), language, filter(None, people), filter(None, queues))
            if visitor is None:
                await refuse(send, 401, "not signed in\n")
                return
            client = await hub.join(visitor)
        except (Full, DatabaseError, psycopg.Error):
            await refuse(send, 503, "not now\n")
            return
        try:
            await follow(client, receive, send)
        finally:
            hub.leave(client)


async def follow(client: Client, receive: Receive, send: Send) -> None:
    """Send what is put to a stream, until it ends on either side."""
    gone = asyncio.create_task(_until_gone(client, receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send(_body(b"retry: %d\n\n" % RETRY))
        while client.ending != "gone":
            await client.news()
            if client.pending:
                chunk = b"".join(client.pending.values())
                client.pending.clear()
                client.sending_since = asyncio.get_running_loop().time()
                await send(_body(chunk))
                client.sending_since = None
            if client.ending:
                break
        if client.ending != "gone":
            await send(_end(client.ending))
    except asyncio.CancelledError:
        # The process ends, or the browser reads no more: to that one nothing can be sent, and the connection is closed
        # under it.
        if client.sending_since is None:
            with suppress(asyncio.CancelledError):
                await send(_end("restart"))
    finally:
        gone.cancel()


async def _until_gone(client: Client, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    client.end("gone")


def _end(why: str) -> dict[str, Any]:
    return {"type": "http.response.body", "body": f'event: end\ndata: "{why}"\n\n'.encode()}


def _body(chunk: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": chunk, "more_body": True}


async def refuse(send: Send, status: int, text: str) -> None:
    """Answer with a status and a few words for whoever looks at it by hand."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


def cookies(scope: Scope) -> dict[str, str]:
    """Return the cookies of a request."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                found |= {key: morsel.value for key, morsel in SimpleCookie(value.decode("latin-1")).items()}
            except CookieError:
                continue
    return found
