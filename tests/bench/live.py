"""Measure what it takes to tell 1,000 browsers that something changed.

Ours is the process of streams as it runs in production; the reference a bare asyncio server that hears the same
NOTIFY, reads the one row, writes the event once and hands it to every socket, with no rights, sessions, languages or
queues. In turn, five rounds: the events that arrived are compared first. Then the connection that listens is killed,
and a change falls into the gap: what every browser makes of its events must be what a new one is shown.

`sse_deliveries_per_cpu`   events delivered per second of processor time of the serving process, over the reference's
`sse_after_reconnect`      browsers whose state is the snapshot's after the connection was killed, over all

Run by `script/bench live`; `--tiny` proves that it runs.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.cost import processor

ROUNDS, EVENTS, BROWSERS, OF_A_USER, AIM = 5, 30, 1000, 5, 0.5
LIMIT = 120.0  # seconds until something that was told must have arrived
ROOT = Path(__file__).parents[2]


# The reference, a process of its own.


class Bare(asyncio.Protocol):
    """Answer every request with a stream that begins with nothing."""

    streams: set[asyncio.Transport] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-store\r\n"
            b"transfer-encoding: chunked\r\n\r\n" + chunk(b'id: 0\nevent: snapshot\ndata: {"people":{}}\n\n')
        )
        self.streams.add(self.transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.streams.discard(self.transport)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def bare(port: int, url: str, employee: int) -> None:
    """Serve until the process is ended."""
    await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", port)
    count = 0
    async with (
        await psycopg.AsyncConnection.connect(url, autocommit=True) as listener,
        await psycopg.AsyncConnection.connect(url, autocommit=True) as reader,
    ):
        await listener.execute("LISTEN live")
        async for told in listener.notifies():
            if int(told.payload.partition(" ")[2]) != employee:
                continue
            rows = await reader.execute(
                "SELECT employee.public_id, said.note FROM tenancy_employee employee"
                " JOIN telephony_presence said ON said.employee_id = employee.id WHERE employee.id = %s",
                [employee],
            )
            row = await rows.fetchone()
            assert row is not None
            count += 1
            data = json.dumps(
                {
                    "people": {
                        str(row[0]): {"dot": "offline", "text": f"Offline\N{NO-BREAK SPACE}· “{row[1]}”"}
                    }
                }
            )
            event = chunk(f"id: bare-{count}\nevent: change\ndata: {data}\n\n".encode())
            for transport in Bare.streams:
                transport.write(event)


# Browsers.


class Browser(asyncio.Protocol):
    """Follow one stream, and keep its events and the state that they make."""

    def __init__(self, request: bytes) -> None:
        self.request, self.rest = request, b""
        self.events: list[str] = []
        self.state: dict[str, Any] = {}
        self.begun = self.away = self.back = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.rest += data
        *whole, self.rest = self.rest.split(b"\n\n")
        for event in whole:
            fields = dict(line.split(b": ", 1) for line in event.split(b"\n") if b": " in line)
            name, said = fields.get(b"event", b""), fields.get(b"data", b"{}").decode()
            if name == b"snapshot":
                self.begun += 1
                self.state = json.loads(said)
            elif name == b"change":
                self.events.append(said)
                told = json.loads(said)
                self.state |= told | {"people": self.state["people"] | told.get("people", {})}
            elif name == b"away":
                self.away += 1
            elif name == b"back":
                self.back += 1


async def connect(port: int, requests: list[bytes]) -> list[Browser]:
    """Open one stream for each request, and return when all have begun."""
    loop, browsers = asyncio.get_running_loop(), []
    for request in requests:
        _, browser = await loop.create_connection(lambda request=request: Browser(request), "127.0.0.1", port)  # type: ignore[misc]
        browsers.append(browser)
        if len(browsers) % 20 == 0:
            await until(lambda: all(one.begun for one in browsers))
    await until(lambda: all(one.begun for one in browsers))
    return browsers


async def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT
    while not holds():
        if time.monotonic() > end:
            raise SystemExit("What was told did not arrive.")
        await asyncio.sleep(0.005)


# The measurement.


def main() -> None:
    """Print one JSON line for each figure."""
    if sys.argv[1:2] == ["--bare"]:
        asyncio.run(bare(int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
        return
    import tests.environment

    tiny = "--tiny" in sys.argv
    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    from django.conf import settings

    from tests.bench.database import fresh_database
    from tests.cast import Cast

    with fresh_database():
        cast = Cast.perform()
        assert cast.line.employee is not None
        assert cast.peter.employee is not None
        followed = cast.line.employee, cast.peter.employee
        cookies = users(cast.bixen, (10 if tiny else BROWSERS) // OF_A_USER)
        url = tests.environment.POSTGRES.superuser_url(settings.DATABASES["default"]["NAME"])
        with psycopg.connect(url, autocommit=True) as server, serving(url, followed[1].pk) as (pids, ports):
            asyncio.run(measure(server, followed, cookies, pids, ports, tiny=tiny))


def users(customer: Any, count: int) -> list[str]:
    """Employ so many people, and return the cookie of each that is signed in."""
    from django.conf import settings

    from myfone.accounts.models import Membership, User
    from myfone.tenancy.actor import Actor, Role
    from myfone.tenancy.context import admit, tenant
    from myfone.tenancy.models import Employee
    from tests.cast import Person, signed_in

    cookies = []
    for number in range(count):
        with tenant(Actor.platform(doing="bench")):
            admit(customer.pk)
            row = Employee(customer=customer, name=f"Navn {number}", email=f"navn{number}@it-bixen.dk")
            row.save()
            user = User.objects.create(email=row.email, name=row.name, password="!")
            Membership.objects.create(user=user, role=Role.EMPLOYEE, employee=row)
            actor = Actor(f"user:{user.pk}", Role.EMPLOYEE, user.pk, None, customer.pk, row.pk)
        client = signed_in(Person(user, actor, row))
        cookies.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    return cookies


@contextmanager
def serving(url: str, employee: int) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    """Run both servers; yield their process ids and ports."""
    from stack.portal import live_command
    from stack.ports import answers, free_port
    from stack.process import Service

    ports = {"ours": free_port(), "bare": free_port()}
    commands = {
        "ours": live_command(ports["ours"]),
        "bare": [sys.executable, "-m", "tests.bench.live", "--bare", str(ports["bare"]), url, str(employee)],
    }
    with tempfile.TemporaryDirectory(prefix="myfone-bench-") as directory:
        services = {
            name: Service(
                Path(directory) / name,
                name=name,
                command=command,
                check=lambda port=ports[name]: answers("127.0.0.1", port),
                cwd=ROOT,
            )
            for name, command in commands.items()
        }
        with services["ours"], services["bare"]:
            yield {name: service.pid or 0 for name, service in services.items()}, ports


async def measure(
    server: psycopg.Connection[Any],
    followed: tuple[Any, Any],
    cookies: list[str],
    pids: dict[str, int],
    ports: dict[str, int],
    *,
    tiny: bool,
) -> None:
    """Open all streams, run the rounds, kill what listens, and print the figures."""
    who = dict(zip(("ours", "bare"), followed, strict=True))
    requests = [request(cookie, who["ours"].public_id) for cookie in cookies for _ in range(OF_A_USER)]
    begun = time.perf_counter()
    browsers = {name: await connect(ports[name], requests) for name in ports}
    print(f"{len(requests)} streams at each, {time.perf_counter() - begun:.1f} s", file=sys.stderr)
    cpu: dict[str, list[float]] = {name: [] for name in ports}
    delivered = len(requests) * (2 if tiny else EVENTS)
    for number in range(1 if tiny else ROUNDS):
        took = {}
        for name, streams in browsers.items():
            before, wall = processor(pids[name]), time.perf_counter()
            for event in range(2 if tiny else EVENTS):
                for stream in streams:
                    stream.events.clear()
                note = f"{number}.{event}"
                say(server, who[name], note)
                await until(lambda: all(stream.events for stream in streams))  # noqa: B023 - awaited at once
                expected = {
                    str(who[name].public_id): {
                        "dot": "offline",
                        "text": f"Offline\N{NO-BREAK SPACE}· “{note}”",
                    }
                }
                for stream in streams:
                    assert [json.loads(one) for one in stream.events] == [{"people": expected}], stream.events
            cpu[name].append(delivered / (processor(pids[name]) - before))
            took[name] = time.perf_counter() - wall
        print(
            f"round {number + 1}: {cpu['ours'][-1]:.0f} deliveries a second of processor time, bare"
            f" {cpu['bare'][-1]:.0f}; {took['ours']:.1f} and {took['bare']:.1f} s; load {os.getloadavg()[0]:.1f}",
            file=sys.stderr,
        )
    ratios = [ours / theirs for ours, theirs in zip(cpu["ours"], cpu["bare"], strict=True)]
    figure(
        "sse_deliveries_per_cpu",
        statistics.median(cpu["ours"]),
        statistics.median(cpu["bare"]),
        statistics.median(ratios),
        "events delivered per second of processor time",
        aim=AIM,
        browsers=len(requests),
    )
    same = await reconnect(server, who["ours"], browsers["ours"], ports["ours"], requests)
    figure(
        "sse_after_reconnect", same, len(requests), same / len(requests), "browsers that show the snapshot"
    )


def request(cookie: str, public_id: object) -> bytes:
    from django.conf import settings

    return (
        f"GET /live/?people={public_id}&language=en HTTP/1.1\r\nHost: localhost\r\n"
        f"Cookie: {settings.SESSION_COOKIE_NAME}={cookie}\r\nAccept: text/event-stream\r\n\r\n"
    ).encode()


def say(server: psycopg.Connection[Any], employee: Any, note: str) -> None:
    """Let an employee have a note, as any session of the portal or the switch may write it."""
    server.execute(
        "INSERT INTO telephony_presence (employee_id, customer_id, note) VALUES (%s, %s, %s)"
        " ON CONFLICT (employee_id) DO UPDATE SET note = excluded.note",
        [employee.pk, employee.customer_id, note],
    )


async def reconnect(
    server: psycopg.Connection[Any], employee: Any, browsers: list[Browser], port: int, requests: list[bytes]
) -> int:
    """Kill the connection that listens, change something meanwhile; return how many browsers show what is."""
    heard = [stream.away + stream.back for stream in browsers]
    server.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'myfone-live'"
    )
    say(server, employee, "in the gap")
    await until(
        lambda: (
            all("in the gap" in json.dumps(stream.state, ensure_ascii=False) for stream in browsers)
            and all(
                stream.away + stream.back > before for stream, before in zip(browsers, heard, strict=True)
            )
        )
    )
    same = 0
    for stream, fresh in zip(browsers[::OF_A_USER], await connect(port, requests[::OF_A_USER]), strict=True):
        group = browsers.index(stream)
        same += sum(one.state == fresh.state for one in browsers[group : group + OF_A_USER])
        fresh.transport.close()
    return same


def figure(name: str, ours: float, reference: float, ratio: float, unit: str, **more: Any) -> None:
    said = {
        "name": name,
        "ours": round(ours),
        "reference": round(reference),
        "ratio": round(ratio, 2),
        "unit": unit,
    }
    print(json.dumps(said | more), flush=True)


if __name__ == "__main__":
    main()
