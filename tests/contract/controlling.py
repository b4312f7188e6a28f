"""A switch with a call controller and a media relay, and phones that speak."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connection

from demo.sipclient.calls import Call
from demo.sipclient.sound import SoundPhone
from myfone.tenancy.context import tenant
from stack import ports
from stack.controller import Controller
from stack.kamailio import Kamailio
from stack.postgres import Postgres
from stack.rtpengine import RtpEngine
from telephony.gateways.controller import OwnPhone, Place
from telephony.gateways.controller.live import SocketCallControl
from telephony.selectors.live import LiveCall, now_of
from tests.cast import Person
from tests.contract.calling import Office
from tests.contract.switching import eventually, own_switch


@dataclass
class Desk:
    """What the tests of call control have in hand."""

    office: Office
    controller: Controller
    relay: RtpEngine
    control: SocketCallControl

    def phone(self, name: str, *, answers_after: float | None = None, refuses: int = 0) -> SoundPhone:
        return self.office.connect(name, answers_after=answers_after, refuses=refuses, made=SoundPhone)

    def person(self, name: str) -> Person:
        person: Person = getattr(self.office.cast, name)
        return person

    def live(self, name: str) -> list[LiveCall]:
        """Return the calls that somebody's Today shows."""
        person = self.person(name)
        assert person.employee is not None
        with tenant(person.actor):
            return list(now_of([person.employee.pk])[person.employee.pk].calls)

    def place(self, name: str, *, state: str = "confirmed") -> Place:
        """Wait until somebody's Today shows one call, and return where it is."""
        assert eventually(lambda: [one.state for one in self.live(name)] == [state]), self.live(name)
        return self.at(name, self.live(name)[0])

    def at(self, name: str, call: LiveCall) -> Place:
        customer = self.person(name).actor.customer_id
        assert customer is not None
        return Place(customer, call.id, call.direction)

    def own(self, phone: str) -> OwnPhone:
        row = self.office.rows[phone]
        return OwnPhone(row.customer_id, str(row), row.pk)

    def outcome(self, customer: int, operation: str, *, seconds: float = 10.0) -> tuple[str, int]:
        """Wait until an operation has come to its end."""
        assert eventually(lambda: self.control.outcome(customer, operation).result != "going", seconds)
        told = self.control.outcome(customer, operation)
        return told.result, told.status

    def talk(self, caller: SoundPhone, called: SoundPhone, number: str) -> tuple[Call, Call]:
        """Let one call the other, and return both their ends once they hear one another."""
        before = sum(not call.outgoing for call in called.calls)
        call = caller.call(number)
        other = called.rung(after=before)
        if called.answers_after is None:
            other.answer()
        call.wait("up")
        other.wait("up")
        self.both(caller, call, called, other)
        return call, other

    def both(self, one: SoundPhone, call: Call, two: SoundPhone, other: Call) -> None:
        """Both hear one another, and nobody else."""
        one.hears(call, two.letter)
        two.hears(other, one.letter)


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtpEngine]:
    directory = tmp_path_factory.mktemp("rtpengine")
    with RtpEngine(directory, address=ports.loopback(directory)) as service:
        yield service


@pytest.fixture(scope="module")
def switch(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, django_db_setup: None
) -> Iterator[Kamailio]:
    directory = tmp_path_factory.mktemp("kamailio")
    place = ports.loopback(directory / "controller")
    with own_switch(directory, postgres, controller=f"{place}:5080") as service:
        yield service


@pytest.fixture(scope="module")
def controller(
    tmp_path_factory: pytest.TempPathFactory, switch: Kamailio, relay: RtpEngine
) -> Iterator[Controller]:
    address, _, port = switch.controller.partition(":")
    with Controller(
        tmp_path_factory.mktemp("controller"),
        edge=f"{switch.address}:{switch.port}",
        secret=switch.controller_secret,
        address=address,
        port=int(port),
        media=relay.ng,
    ) as service:
        yield service


def heard() -> object:
    """Return when the database last heard of a controller, or None."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT switch.controller_seen()")
        row = cursor.fetchone()
        return row[0] if row else None


@pytest.fixture
def desk(office: Office, controller: Controller, relay: RtpEngine) -> Desk:
    assert eventually(lambda: heard() is not None)
    return Desk(office, controller, relay, SocketCallControl(str(controller.socket)))


@pytest.fixture
def carried(office: Office, controller: Controller) -> None:
    """Let calls run through the controller, as they do where the product is whole."""
    assert eventually(lambda: heard() is not None)
