"""IT-bixen with a queue that people call, for tests of what people and the switch make of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings

from myfone.kernel import clock
from myfone.kernel.models import AuditEntry
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import Phone, PhoneKind, QueueMember, SipDomain
from telephony.services import queues
from telephony.services.queues import Draft
from tests.cast import Cast, Person
from tests.environment import PASSWORDS


class Office:
    """IT-bixen with the queue Salg on 230, and the switch that serves it."""

    def __init__(self, cast: Cast, switch: psycopg.Connection[Any], server: psycopg.Connection[Any]) -> None:
        self.cast, self.switch, self.server = cast, switch, server
        self.domain = SipDomain(customer=cast.bixen, name="it-bixen.dk")
        self.phones: dict[str, Phone] = {}
        with tenant(cast.sara.actor):
            self.domain.save()
            self.queue = queues.save_queue(
                actor=cast.sara.actor, queue=None, draft=Draft("Salg", "230", wrap_up_seconds=0)
            )

    def enrol(self, person: Person) -> QueueMember:
        assert person.employee is not None
        with tenant(self.cast.peter.actor):
            return queues.enrol(actor=self.cast.peter.actor, queue=self.queue, employee=person.employee)

    def phone(self, person: Person, username: str) -> Phone:
        with tenant(self.cast.sara.actor):
            made = Phone(
                customer=self.cast.bixen,
                employee=person.employee,
                kind=PhoneKind.DESK,
                sip_domain=self.domain,
                username=username,
            )
            made.save()
        self.server.execute(
            "INSERT INTO kam.location (ruid, username, domain, contact, expires)"
            " VALUES (%s, %s, 'it-bixen.dk', 'sip:x', now() AT TIME ZONE 'UTC' + interval '1 hour')",
            [f"ruid-{username}", username],
        )
        self.phones[username] = made
        return made

    def sign(self, person: Person, member: QueueMember, signs_in: bool = True, **values: Any) -> str:
        with tenant(person.actor):
            return queues.sign(
                actor=person.actor,
                member=member,
                signs_in=signs_in,
                **({"until": None, "at": clock.now()} | values),
            )

    def arrive(self, call: str, caller: str = "+4522334455") -> int:
        entered: int = self.ask(
            "SELECT switch.queue_enter(%s, %s, 1, 2, %s, '', '')", h(call), self.queue.pk, h(caller)
        )
        if entered:
            self.ask("SELECT switch.queue_waits(%s)", h(call))
        return entered

    def rung(self, call: str) -> list[str]:
        """Let the switch look for agents, and return whose phones ring for a call."""
        self.switch.execute("SELECT * FROM switch.queue_dispatch('')")
        rows = self.switch.execute("SELECT uri FROM switch.queue_targets(%s)", [h(call)]).fetchall()
        return sorted(uri.removeprefix("sip:").partition("@")[0] for (uri,) in rows)

    def over(self, call: str) -> None:
        assert self.ask("SELECT switch.queue_over(%s)", h(call)) == 1

    def ask(self, statement: str, *params: Any) -> Any:
        row = self.switch.execute(statement, list(params)).fetchone()
        assert row is not None
        return row[0]

    def dial(self, username: str, dialled: str) -> tuple[int, str]:
        row = self.switch.execute(
            "SELECT status, reason FROM switch.feature_code(%s, %s)", [self.phones[username].pk, h(dialled)]
        ).fetchone()
        assert row is not None
        return row

    def fresh(self, row: Any) -> Any:
        actor = self.cast.sara.actor
        with tenant(actor):
            return type(row).objects.visible_to(actor).get(pk=row.pk)

    def audited(self, action: str) -> int:
        with tenant(self.cast.sara.actor):
            return AuditEntry.objects.filter(action=action).count()


def h(text: str) -> str:
    return text.encode().hex()


@contextmanager
def opened(cast: Cast, postgres: Postgres) -> Iterator[Office]:
    """Open the office for a test, with connections of the switch and of the server's owner."""
    name = settings.DATABASES["default"]["NAME"]
    with (
        psycopg.connect(postgres.url(name, "kamailio", PASSWORDS["kamailio"]), autocommit=True) as switch,
        psycopg.connect(postgres.superuser_url(name), autocommit=True) as server,
    ):
        yield Office(cast, switch, server)
