"""A database that restarts or hangs costs a clear page, and no change that was acknowledged."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test import Client
from django.test.testcases import LiveServerThread

from myfone.accounts.models import User
from stack.postgres import Postgres
from tests.cast import Cast
from tests.standstill import held_still, process_of


@pytest.fixture
def portal(live_cast: Cast) -> Iterator[str]:
    """A portal with threads of its own, as in production."""
    server = LiveServerThread("localhost", StaticFilesHandler, connections_override={}, port=0)
    server.daemon = True
    server.start()
    assert server.is_ready.wait(10)
    yield f"http://localhost:{server.port}"
    server.terminate()


@pytest.fixture
def cookies(live_cast: Cast) -> str:
    client = Client()
    client.force_login(live_cast.mette.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    client.get("/settings/profile/")
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def fetch(url: str, cookies: str, data: dict[str, str] | None = None) -> tuple[int, str, dict[str, str]]:
    body = urllib.parse.urlencode(data).encode() if data else None
    headers = {"Cookie": cookies, "Accept-Language": "en", "Referer": url}
    request = urllib.request.Request(url, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers)


def test_a_database_that_hangs_costs_a_page_that_says_so(
    portal: str, cookies: str, postgres: Postgres
) -> None:
    url = f"{portal}/settings/profile/"
    assert fetch(url, cookies)[0] == 200
    began = time.monotonic()
    with held_still(postgres):
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(fetch(url, cookies))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        # Those who ask whether the process lives are answered all the while.
        assert fetch(f"{portal}/health", "")[0] == 200
    assert time.monotonic() - began < 15
    assert {status for status, _, _ in answers} == {503}
    assert all(headers["Retry-After"] for _, _, headers in answers)
    assert fetch(url, cookies)[0] == 200


def test_a_database_that_restarts_loses_no_acknowledged_change(
    portal: str, cookies: str, postgres: Postgres, live_cast: Cast
) -> None:
    token = dict(part.split("=", 1) for part in cookies.split("; "))["csrftoken"]
    acknowledged: list[int] = []
    refused: list[tuple[int, str]] = []
    stop = threading.Event()

    def write() -> None:
        for number in range(100_000):
            if stop.is_set():
                return
            form = {
                "csrfmiddlewaretoken": token,
                "name": f"Mette {number}",
                "language": "en",
                "theme": "dark",
            }
            status, page, _ = fetch(f"{portal}/settings/profile/", cookies, form)
            if status == 200:
                acknowledged.append(number)
            else:
                refused.append((status, page))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(3):
            more_than(acknowledged)
            # What other tests wrote shall not be read again first: that takes as long as they have written for.
            with psycopg.connect(postgres.superuser_url(), autocommit=True) as server:
                server.execute("CHECKPOINT")
            # Killing a process of Postgres makes it end all others and recover: a restart, seen from the portal.
            process_of(postgres, "writer").kill()
    finally:
        more_than(acknowledged)
        stop.set()
        writer.join(30)
    assert {status for status, _ in refused} <= {503}
    stored = int(_name_of(live_cast).removeprefix("Mette "))
    assert stored >= acknowledged[-1]


def _name_of(cast: Cast) -> str:
    from django.db import connections

    connections.close_all()
    return User.objects.get(pk=cast.mette.user.pk).name


def more_than(acknowledged: list[int]) -> None:
    """Wait for five more."""
    enough = len(acknowledged) + 5
    _until(lambda: len(acknowledged) >= enough)


def _until(condition, seconds: float = 30) -> None:
    pause = threading.Event()
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        pause.wait(0.02)
