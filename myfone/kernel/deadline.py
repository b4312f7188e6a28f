"""Give a request up when the database hangs: a stopped server keeps no time-out of its own.

`statement_timeout` runs inside Postgres. When Postgres itself does not run, a client waits for ever, and a few such
requests are all the portal's threads. So one thread watches, and shuts the socket that a request has waited on for too
long; the request then fails like with any database that went away, and is answered with 503.
"""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse

SECONDS = 8.0  # above statement_timeout, which is the kinder way to end a statement

_numbers = itertools.count()
_running: dict[int, tuple[float, Sequence[BaseDatabaseWrapper]]] = {}
_change = threading.Condition()
_watcher: threading.Thread | None = None


@contextmanager
def deadline(seconds: float = SECONDS) -> Iterator[None]:
    """Cut this thread's database connections if the block lasts longer."""
    number = next(_numbers)
    with _change:
        _running[number] = (time.monotonic() + seconds, connections.all())
        _start()
        _change.notify()
    try:
        yield
    finally:
        with _change:
            _running.pop(number, None)


class DeadlineMiddleware:
    """Hold every request to the deadline; stands outermost, for sessions are read from the database too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with deadline():
            return self.get_response(request)


def _start() -> None:
    global _watcher
    if _watcher is None or not _watcher.is_alive():  # a fork leaves the thread behind
        _watcher = threading.Thread(target=_watch, name="database deadline", daemon=True)
        _watcher.start()


def _watch() -> None:
    while True:
        with _change:
            now = time.monotonic()
            late = [number for number, (end, _) in _running.items() if end <= now]
            wrappers = [wrapper for number in late for wrapper in _running.pop(number)[1]]
            ends = [end for end, _ in _running.values()]
            if not late:
                _change.wait(min(ends) - now if ends else None)
        for wrapper in wrappers:
            _cut(wrapper)


def _cut(wrapper: BaseDatabaseWrapper) -> None:
    opened = wrapper.connection
    if opened is None or opened.closed:
        return
    try:
        with socket.socket(fileno=socket.dup(opened.fileno())) as other:
            other.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it went away by itself
