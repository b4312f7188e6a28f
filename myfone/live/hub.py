"""Hold the streams of one process, and one connection that listens for what changes.

What a browser is sent is state, never a difference that must not be missed: a snapshot first, then what changed of
it. So a stream that falls behind keeps the latest of each person and skips what was before, and one that breaks
begins anew with a snapshot. Everything here runs in one event loop; the database is asked in one thread beside it,
in turn, so that a snapshot is never older than an event that was sent before it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
from django.db import DatabaseError, close_old_connections, connection

from myfone.live import state
from myfone.live.admission import Visitor, admit, ended
from myfone.live.state import Known

T = TypeVar("T")
log = logging.getLogger(__name__)

MOST_OF_A_USER = 6
MOST = 20_000
GATHER = 0.05  # seconds that news is gathered for, so that a burst is one question
CHECK = 5.0  # seconds between two looks at whether everybody is still signed in
SWEEP = 30.0  # seconds between two looks at everything: what ends by the clock tells nobody
ALIVE = 15.0  # seconds after which a silent stream says that it is there
STUCK = 60.0  # seconds that a browser may leave its stream unread
LIFE = 15 * 60.0  # seconds until a stream ends, to be let in anew
RETRY = 3000  # milliseconds after which a browser comes back


class Full(Exception):
    """The process has as many streams as it may have."""


class Client:
    """One stream: what waits to be sent to it, and why it is to end, if it is."""

    __slots__ = ("_waiter", "ending", "opened_at", "pending", "sending_since", "task", "visitor")

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.pending: dict[object, bytes] = {}
        self.ending = ""
        self.opened_at = time.monotonic()
        self.sending_since: float | None = None
        self.task: asyncio.Task[Any] | None = None
        self._waiter: asyncio.Future[None] | None = None

    def put(self, key: object, event: bytes) -> None:
        """Let this event be sent, in place of an earlier one about the same."""
        self.pending[key] = event
        self._wake()

    def end(self, why: str) -> None:
        """Let the stream end; `why` is told to the browser."""
        self.ending = self.ending or why
        self._wake()

    async def news(self) -> None:
        """Return when there is something to send, or the stream is to end; one may wait at a time."""
        if not self.pending and not self.ending:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter

    def _wake(self) -> None:
        # Not an asyncio.Event, which takes twice as long: this is done for every stream and every change.
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


class Hub:
    """All streams of this process."""

    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self.followers: defaultdict[int, set[Client]] = defaultdict(set)
        self.owners: defaultdict[int, set[Client]] = defaultdict(set)
        self.watchers: defaultdict[int, set[Client]] = defaultdict(set)  # by queue
        self.agents: defaultdict[int, set[int]] = defaultdict(set)  # those of owners, by queue
        self.known: dict[int, Known] = {}
        self.known_own: dict[int, Known] = {}
        self.walls: dict[int, tuple[str, str]] = {}  # time zone and country, by customer
        self.dirty: defaultdict[int, set[int]] = defaultdict(set)
        self.news = asyncio.Event()
        self.is_away = False
        self.boot = secrets.token_hex(4)
        self.count = 0
        self.database = ThreadPoolExecutor(1, thread_name_prefix="live-database")
        self.tasks: list[asyncio.Task[None]] = []

    # Life of the process.

    def start(self) -> None:
        """Begin to listen; streams may be opened from now on."""
        for work in (self._listen, self._refresh, self._check, self._sweep, self._keep_alive):
            self.tasks.append(asyncio.create_task(self._for_ever(work)))

    async def stop(self) -> None:
        """End all streams, and listen no more."""
        for client in list(self.clients):
            client.end("restart")
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.database.submit(connection.close)
        self.database.shutdown(wait=False)

    # Life of a stream.

    async def admit(
        self, cookies: Mapping[str, str], language: str, people: Iterable[str], queues: Iterable[str] = ()
    ) -> Visitor | None:
        """Return who follows, or None for a session that does not hold. Raises Full, DatabaseError."""
        if len(self.clients) >= MOST:
            raise Full
        return await self._ask(lambda: admit(cookies, language=language, people=people, queues=queues))

    async def join(self, visitor: Visitor) -> Client:
        """Open a stream that begins with a snapshot; a user's oldest ends when there are too many."""
        client = Client(visitor)
        client.task = asyncio.current_task()
        theirs = [
            other for other in self.clients if other.visitor.user_id == visitor.user_id and not other.ending
        ]
        if len(theirs) >= MOST_OF_A_USER:
            min(theirs, key=lambda other: other.opened_at).end("elsewhere")
        self.clients.add(client)
        self.walls[visitor.customer_id] = (visitor.time_zone, visitor.country)
        for number in visitor.people:
            self.followers[number].add(client)
        self.owners[visitor.employee_id].add(client)
        for queue in visitor.queues:
            self.watchers[queue].add(client)
        try:
            await self._read(visitor.customer_id, {*visitor.people, visitor.employee_id})
        except BaseException:
            self.leave(client)
            raise
        # What came before the snapshot is part of it.
        client.pending.clear()
        client.put("snapshot", self._event("snapshot", state.snapshot(visitor, self.known, self.known_own)))
        if self.is_away:
            client.put("away", self._event("away", "{}"))
        return client

    def leave(self, client: Client) -> None:
        """Forget a stream, and the people whom nobody follows any more."""
        self.clients.discard(client)
        for number in client.visitor.people:
            _drop(self.followers, number, client, self.known)
        me = client.visitor.employee_id
        before = self.known_own.get(me)
        _drop(self.owners, me, client, self.known_own)
        if me not in self.owners:
            self._is_agent(me, before, None)
        for queue in client.visitor.queues:
            _drop(self.watchers, queue, client, {})

    def _event(self, name: str, data: str) -> bytes:
        self.count += 1
        return f"id: {self.boot}-{self.count}\nevent: {name}\ndata: {data}\n\n".encode()

    # News.

    async def _listen(self) -> None:
        """Hold the one connection that hears what changed; whatever may have been missed is read again."""
        known = connection.settings_dict
        where: dict[str, Any] = {
            "dbname": known["NAME"],
            "user": known["USER"],
            "password": known["PASSWORD"],
            "host": known["HOST"] or None,
            "port": known["PORT"] or None,
            "connect_timeout": 3,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        }
        async with await psycopg.AsyncConnection.connect(
            **where, application_name="myfone-live", autocommit=True
        ) as listener:
            await listener.execute("LISTEN live")
            self._all_dirty()
            self._tell_back()
            async for told in listener.notifies():
                self._hear(told.payload)
        raise psycopg.OperationalError("the connection that listens was closed")

    def _hear(self, payload: str) -> None:
        customer, _, what = payload.partition(" ")
        if what.startswith("q"):
            self._hear_of_queue(int(customer), int(what[1:]))
            return
        number = int(what)
        if number in self.followers or number in self.owners:
            self.dirty[int(customer)].add(number)
            self.news.set()

    def _hear_of_queue(self, customer: int, queue: int) -> None:
        """Let its agents read how it stands, and tell those who look at it that there is something to fetch."""
        for client in self.watchers.get(queue, ()):
            told = f'{{"queues":["{client.visitor.queues[queue]}"]}}'
            client.put(("queue", queue), self._event("change", told))
        if agents := self.agents.get(queue):
            self.dirty[customer] |= agents
            self.news.set()

    def _is_agent(self, number: int, before: Known | None, now: Known | None) -> None:
        for queue in before.queues if before else ():
            self.agents[queue].discard(number)
            if not self.agents[queue]:
                del self.agents[queue]
        for queue in now.queues if now else ():
            self.agents[queue].add(number)

    async def _refresh(self) -> None:
        """Read what changed, and pass it on."""
        await self.news.wait()
        await asyncio.sleep(GATHER)
        self.news.clear()
        while self.dirty:
            customer, numbers = self.dirty.popitem()
            try:
                await self._read(customer, numbers)
            except (DatabaseError, psycopg.Error):
                self.dirty[customer] |= numbers
                self.news.set()
                raise

    async def _read(self, customer: int, numbers: Iterable[int]) -> None:
        followed = {number: self._languages(self.followers, number) for number in numbers}
        mine = {number: self._languages(self.owners, number) for number in numbers}
        followed = {number: languages for number, languages in followed.items() if languages}
        mine = {number: languages for number, languages in mine.items() if languages}

        def ask() -> tuple[dict[int, Known], dict[int, Known]]:
            return state.read(
                customer, followed, self.known, mine, self.known_own, wall=self.walls.get(customer)
            )

        people, own = await self._ask(ask)
        for number in followed:
            self._take_person(number, people.get(number))
        for number, known in own.items():
            if self.known_own.get(number) is not known and number in self.owners:
                self._is_agent(number, self.known_own.get(number), known)
                self.known_own[number] = known
                self._send(self.owners[number], ("own", number), known.parts)

    def _take_person(self, number: int, known: Known | None) -> None:
        if number not in self.followers or self.known.get(number) is known:
            return
        before = self.known.get(number)
        clients = self.followers[number]
        if known is None:
            del self.known[number]
            lost = list(clients)
        else:
            self.known[number] = known
            seeing = [client for client in clients if state.may_see(client.visitor, number, known)]
            self._send(seeing, number, {key: f'"people":{{{part}}}' for key, part in known.parts.items()})
            lost = [client for client in clients if client not in seeing] if known.is_hidden else []
        if lost and before is not None:
            gone = self._event("change", f'{{"people":{{"{before.facts[0]}":null}}}}')
            for client in lost:
                client.put(number, gone)

    def _send(self, clients: Iterable[Client], key: object, parts: Mapping[str, str]) -> None:
        events: dict[str, bytes] = {}
        for client in clients:
            language = client.visitor.language
            if language not in events and language in parts:
                events[language] = self._event("change", f"{{{parts[language]}}}")
            if language in events:
                client.put(key, events[language])

    def _languages(self, index: Mapping[int, set[Client]], number: int) -> set[str]:
        return {client.visitor.language for client in index[number]} if number in index else set()

    # The clock.

    async def _check(self) -> None:
        """End the streams whose sign-in no longer holds, or whose time is up."""
        await asyncio.sleep(CHECK)
        if not self.clients:
            return
        visitors = [client.visitor for client in self.clients]
        over = await self._ask(lambda: ended(visitors))
        now = time.monotonic()
        for client in list(self.clients):
            if (client.visitor.session_key, client.visitor.user_id) in over:
                client.end("signed_out")
            elif now - client.opened_at > LIFE:
                client.end("again")

    async def _sweep(self) -> None:
        await asyncio.sleep(SWEEP)
        self._all_dirty()

    async def _keep_alive(self) -> None:
        await asyncio.sleep(ALIVE)
        now = time.monotonic()
        for client in list(self.clients):
            if client.sending_since is not None and now - client.sending_since > STUCK and client.task:
                client.task.cancel()
            elif not client.pending:
                client.put("alive", b": alive\n\n")

    def _all_dirty(self) -> None:
        for client in self.clients:
            self.dirty[client.visitor.customer_id] |= {*client.visitor.people, client.visitor.employee_id}
        self.news.set()

    # The database that goes away.

    async def _ask(self, question: Callable[[], T]) -> T:
        def in_thread() -> T:
            close_old_connections()
            try:
                return question()
            except DatabaseError:
                connection.close()
                raise

        return await asyncio.get_running_loop().run_in_executor(self.database, in_thread)

    async def _for_ever(self, work: Callable[[], Any]) -> None:
        while True:
            try:
                await work()
            except (DatabaseError, psycopg.Error, OSError) as error:
                log.warning("live pages are without the database: %s", error)
                self._tell_away()
                await asyncio.sleep(1.0)
            except Exception:
                log.exception("live pages stumbled")
                await asyncio.sleep(1.0)

    def _tell_away(self) -> None:
        if not self.is_away:
            self.is_away = True
            self._tell("away")

    def _tell_back(self) -> None:
        if self.is_away:
            self.is_away = False
            self._tell("back")

    def _tell(self, name: str) -> None:
        event = self._event(name, "{}")
        for client in self.clients:
            client.put("away", event)


def _drop(index: defaultdict[int, set[Client]], number: int, client: Client, known: dict[int, Known]) -> None:
    index[number].discard(client)
    if not index[number]:
        del index[number]
        known.pop(number, None)
