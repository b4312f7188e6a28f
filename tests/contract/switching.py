"""What the tests of the switch share: people with linked clients, and looks at what the switch keeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings

from demo.sipclient import Account, SignInFailed, sign_in
from demo.sipclient.connection import Connection
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack import ports
from stack.kamailio import Kamailio
from stack.postgres import Postgres
from telephony.models import Phone, SipDomain
from telephony.selectors.phones import Client, Refusal, clients, refusals
from telephony.services import skype as services
from tests.cast import Person
from tests.contract.calling import GATEWAY_ADDRESS
from tests.environment import PASSWORDS

PASSWORD = "Gul-Kanin-47"
BAN_AFTER, SOURCE_BAN_AFTER, BAN_SECONDS = 3, 6, 3
TRUNKS_PORT = 20000
Via = Callable[[], Connection]


def database_url(postgres: Postgres) -> str:
    return postgres.url(django_settings.DATABASES["default"]["NAME"], "kamailio", PASSWORDS["kamailio"])


def own_switch(directory: Path, postgres: Postgres, **options: Any) -> Kamailio:
    """Return a switch on the tests' database, at an address of its own, with a gateway for help; not yet started."""
    address = ports.loopback(directory)
    return Kamailio(
        directory,
        database=database_url(postgres),
        address=address,
        trunks=f"{address}:{TRUNKS_PORT}",
        emergency_gateway=f"{GATEWAY_ADDRESS}:5060",
        **options,
    )


@dataclass
class Linked:
    """An employee with a linked Skype client."""

    person: Person
    phone: Phone

    @property
    def account(self) -> Account:
        return Account(str(self.phone), PASSWORD)

    def clients(self) -> list[Client]:
        with tenant(self.person.actor):
            return clients([self.phone])

    def refusals(self) -> list[Refusal]:
        with tenant(self.person.actor):
            return refusals([self.phone])


def link(person: Person, domain: str, username: str) -> Linked:
    assert person.employee is not None
    with tenant(person.actor):
        sip_domain = SipDomain(customer_id=person.actor.customer_id, name=domain)
        sip_domain.save()
        phone = services.create_skype_phone(
            actor=person.actor,
            employee=person.employee,
            sip_domain=sip_domain,
            username=username,
            password=PASSWORD,
            at=clock.now(),
        )
    return Linked(person, phone)


def link_beside(person: Person, other: Linked, username: str) -> Linked:
    """Give a colleague of somebody linked a client at the same domain."""
    assert person.employee is not None
    assert other.phone.sip_domain is not None
    with tenant(person.actor):
        phone = services.create_skype_phone(
            actor=person.actor,
            employee=person.employee,
            sip_domain=other.phone.sip_domain,
            username=username,
            password=PASSWORD,
            at=clock.now(),
        )
    return Linked(person, phone)


def as_superuser(postgres: Postgres, statement: str) -> None:
    """Change what no role of the product may, such as the time at which something ends."""
    name = django_settings.DATABASES["default"]["NAME"]
    with psycopg.connect(postgres.superuser_url(name), autocommit=True) as server:
        server.execute(statement)


def location(postgres: Postgres) -> list[tuple[str, ...]]:
    with psycopg.connect(
        postgres.superuser_url(django_settings.DATABASES["default"]["NAME"]), autocommit=True
    ) as server:
        rows = server.execute("SELECT username, domain, user_agent, received FROM kam.location ORDER BY 1, 2")
        return [tuple(row) for row in rows]


def refused(account: Account, via: Via) -> int:
    with pytest.raises(SignInFailed) as failure:
        sign_in(account, via=via)
    return failure.value.status


def welcome(account: Account, via: Via, *, meanwhile: int) -> bool:
    """Tell whether the account may sign in; until then it must get this status and no other."""
    try:
        sign_in(account, via=via).sign_out()
        status = 0
    except SignInFailed as failure:
        status = failure.status
    assert status in (0, meanwhile)
    return status == 0


def eventually(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Wait for a condition that another process brings about."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
