"""Calls told to the database as Kamailio tells them, without SIP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
from django.conf import settings

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import CallLeg, CallRecord, Extension, Phone, PhoneKind, SipDomain
from telephony.services import phones as services
from tests.cast import Cast, Person
from tests.environment import PASSWORDS

NODE = "one"


@dataclass
class Switch:
    """Kamailio's own connection; calls are told to it as Kamailio does, at seconds after they began."""

    connection: psycopg.Connection[Any]
    cast: Cast
    phones: dict[str, Phone]
    began: float
    postgres: Postgres

    def ask(self, statement: str, *values: Any) -> Any:
        # What Kamailio writes out as 1.5 is numeric.
        numeric = [Decimal(f"{value:.6f}") if isinstance(value, float) else value for value in values]
        row = self.connection.execute(statement, numeric).fetchone()
        assert row
        return row[0]

    def leg(self, step: int, name: str, why: str = "every_phone") -> str:
        phone = self.phones[name]
        return f"{step},phone,{phone.pk},{phone.employee_id},{why},"

    def begins(
        self,
        *plan: str,
        caller: str = "sara-desk",
        dialled: str = "203",
        domain: str = "it-bixen.dk",
        call: str = "a",
        source: str = "",
    ) -> int:
        words = (hexed(text) for text in (domain, caller, dialled, source))
        return self.tell("b", call, 0.0, *words, ";".join(plan) + ";")

    def steps(self, after: float, step: int, call: str = "a") -> None:
        self.tell("s", call, after, step)

    def replies(self, after: float, status: int, name: str = "", number: str = "", call: str = "a") -> int:
        ruid = hexed(f"ruid-{name}") if name else ""
        return self.tell("r", call, after, status, ruid, hexed(number), "", "", "")

    def ends(self, after: float, by: str, status: int = 0, call: str = "a") -> int:
        return self.tell("e", call, after, by, status)

    def tell(self, kind: str, call: str, after: float, *words: str | int) -> int:
        return int(self.ask("SELECT switch.tell(%s, %s)", hexed(NODE), self.line(kind, call, after, *words)))

    def line(self, kind: str, call: str, after: float, *words: str | int) -> str:
        said = (kind, hexed(call), hexed("tag"), f"{self.began + after:.6f}", *words)
        return "|".join(str(word) for word in said)

    def record(self, person: Person) -> CallRecord:
        with tenant(person.actor):
            return CallRecord.objects.visible_to(person.actor).get()

    def parts(self, person: Person) -> dict[str, str]:
        """Return what the call was for each employee."""
        with tenant(person.actor):
            rows = CallLeg.objects.visible_to(person.actor).exclude(part="").select_related("employee")
            return {row.employee.name.split()[0]: row.part for row in rows}


def hexed(text: str) -> str:
    return text.encode().hex()


@contextmanager
def open_switch(live_cast: Cast, postgres: Postgres) -> Iterator[Switch]:
    """Give Sara, Mette and Line of IT-bixen a number and a phone each, which is registered."""
    actor = live_cast.sara.actor
    phones = {}
    with tenant(actor):
        domain = SipDomain(customer=live_cast.bixen, name="it-bixen.dk")
        domain.save()
        for person, number in ((live_cast.sara, "201"), (live_cast.mette, "203"), (live_cast.line, "205")):
            assert person.employee
            Extension(customer=live_cast.bixen, number=number, employee=person.employee).save()
            phone, _ = services.add_sip_phone(
                actor=actor,
                employee=person.employee,
                sip_domain=domain,
                kind=PhoneKind.DESK,
                name="desk",
                at=clock.now(),
            )
            phones[phone.username] = phone
    url = postgres.url(settings.DATABASES["default"]["NAME"], "kamailio", PASSWORDS["kamailio"])
    with psycopg.connect(url, autocommit=True) as kamailio:
        for name in phones:
            kamailio.execute(
                "INSERT INTO location (ruid, username, domain, contact, expires, callid, user_agent)"
                " VALUES (%s, %s, 'it-bixen.dk', 'sip:x@y', now() + interval '1 hour', 'c', '')",
                (f"ruid-{name}", name),
            )
        yield Switch(kamailio, live_cast, phones, clock.now().timestamp(), postgres)
