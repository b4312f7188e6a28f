"""Follow live pages as a browser does: the process of streams, and somebody who reads one."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import uvicorn
from django.conf import settings

from myfone.live.stream import Live
from stack.ports import free_port
from tests.cast import Person, signed_in

DEADLINE = 15.0


@contextmanager
def streams(port: int = 0) -> Iterator[int]:
    """Run the process of streams in a thread; give its port on 127.0.0.1."""
    port = port or free_port()
    config = uvicorn.Config(
        Live(), host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1, ws="none"
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined,method-assign]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + DEADLINE
    while not server.started:
        assert time.monotonic() < end
        time.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(DEADLINE)


class Follower:
    """One open stream, and the state that it makes."""

    def __init__(
        self,
        port: int,
        person: Person | None,
        people: Iterable[Any] = (),
        *,
        queues: Iterable[Any] = (),
        language: str = "en",
        cookie: str = "",
    ) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
        if person is not None:
            cookie = cookie or signed_in(person).cookies[settings.SESSION_COOKIE_NAME].value
        self.cookie = cookie
        asked = {"people": people, "queues": queues}
        lists = {name: ",".join(str(one) for one in ids) for name, ids in asked.items()}
        query = urlencode(lists | {"language": language})
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"} if cookie else {}
        self.connection.request("GET", f"/live/?{query}", headers=headers)
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.state: dict[str, Any] = {}
        self.ids: list[str] = []
        self.seen: list[str] = []

    def next(self) -> tuple[str, Any]:
        """Wait for the next event, and take it into the state."""
        fields: dict[str, str] = {}
        while True:
            line = self.answer.readline().decode()
            if not line:
                return "closed", None
            if line.strip():
                name, _, value = line.rstrip("\n").partition(": ")
                fields[name] = value
            elif "event" in fields:
                break
            else:
                fields = {}
        data = json.loads(fields["data"])
        self.ids.append(fields.get("id", ""))
        self.seen.append(fields["event"])
        if fields["event"] == "snapshot":
            self.state = data
        elif fields["event"] == "change":
            people = self.state["people"] | data.get("people", {})
            self.state |= data | {"people": people}
        return fields["event"], data

    def until(self, *words: str) -> tuple[str, Any]:
        """Wait for an event of one of these names, or for one whose data says one of these words."""
        while True:
            name, data = self.next()
            if name in words or name == "closed" or any(word in json.dumps(data) for word in words):
                return name, data

    def close(self) -> None:
        self.answer.close()
        self.connection.close()
