"""An office whose phones are rung: people with phones at the real switch, and a trunk to the public network."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TypeVar

from demo.sipclient import Account
from demo.sipclient.connection import Connection, ConnectionFailed, Datagrams
from demo.sipclient.phone import SipPhone
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.kamailio import Kamailio
from telephony.models import Extension, Phone, PhoneKind, SipDomain, Trunk, TrunkSource
from telephony.services import phones as services
from tests.cast import Cast, Person
from tests.environment import NUMBER

AnyPhone = TypeVar("AnyPhone", bound=SipPhone)
DOMAIN = "it-bixen.dk"
TRUNK_ADDRESS = f"127.203.9.{9 + NUMBER}"
# The trunk that the switch's settings name, for help while the database is away.
GATEWAY_ADDRESS = f"127.205.9.{9 + NUMBER}"


@dataclass
class Office:
    """IT-bixen's phones. `numbers` are local numbers, `rows` the phones' rows by the names that tests give them."""

    cast: Cast
    switch: Kamailio
    domain: SipDomain
    closing: ExitStack
    trunk: SipPhone
    rows: dict[str, Phone] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    sources: int = 0

    def employ(self, person: Person, number: str, ddi: str = "", *, is_main: bool = False) -> Extension:
        """Give somebody a local number, and a direct number that leads to it."""
        assert person.employee is not None
        with tenant(self.cast.sara.actor):
            extension = Extension(customer=self.cast.bixen, number=number, employee=person.employee)
            extension.save()
            if ddi:
                services.add_ddi(actor=self.cast.sara.actor, extension=extension, number=ddi, is_main=is_main)
        return extension

    def equip(self, person: Person, name: str, kind: PhoneKind = PhoneKind.DESK) -> Phone:
        """Give somebody a phone, which tests call by a name; it is not registered."""
        assert person.employee is not None
        with tenant(self.cast.sara.actor):
            phone, password = services.add_sip_phone(
                actor=self.cast.sara.actor,
                employee=person.employee,
                sip_domain=self.domain,
                kind=kind,
                name=name,
                at=clock.now(),
            )
        self.rows[name] = phone
        self.accounts[name] = Account(str(phone), password)
        return phone

    def mobile(self, person: Person, name: str, number: str) -> Phone:
        assert person.employee is not None
        with tenant(self.cast.sara.actor):
            phone = services.add_mobile(actor=self.cast.sara.actor, employee=person.employee, number=number)
        self.rows[name] = phone
        return phone

    def connect(
        self,
        name: str,
        *,
        link: Connection | None = None,
        answers_after: float | None = None,
        refuses: int = 0,
        register: bool = True,
        made: type[AnyPhone] = SipPhone,  # type: ignore[assignment]
    ) -> AnyPhone:
        """Switch a phone on: it registers, and is rung from now on."""
        self.sources += 1
        link = link or Datagrams(
            self.switch.address,
            self.switch.port,
            source=f"127.203.{self.sources // 200}.{self.sources % 200 + 1}",
        )
        phone = made(link, self.accounts[name], answers_after=answers_after, refuses=refuses)
        self.closing.callback(phone.close)
        if register:
            assert phone.register() == 200
            self.closing.callback(sign_off, phone)
        return phone


def sign_off(phone: SipPhone) -> None:
    """Leave nothing behind in the switch's memory, which lives longer than a test."""
    with suppress(TimeoutError, ConnectionFailed, OSError):
        phone.register(expires=0)


def open_office(cast: Cast, switch: Kamailio, closing: ExitStack) -> Office:
    """Return IT-bixen with a SIP domain and a trunk, whose far end plays the public network."""
    with tenant(cast.sara.actor):
        domain = SipDomain(customer=cast.bixen, name=DOMAIN)
        domain.save()
    far_end = SipPhone(
        Datagrams(switch.address, switch.port, source=TRUNK_ADDRESS), Account("@trunk.invalid", "")
    )
    closing.callback(far_end.close)
    host, port = far_end.link.local
    trunk = Trunk.objects.create(name="Nordnet", gateway=f"{host}:{port}")
    TrunkSource.objects.create(trunk=trunk, address=TRUNK_ADDRESS)
    return Office(cast, switch, domain, closing, far_end)
