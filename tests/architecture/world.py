"""One object of each kind for IT-bixen, for its sibling and for a foreign customer."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

from billing.models import Activation, EmployeeLicence, LicenceType
from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Customer, Department, Employee, Reseller
from provisioning.models import Order, Setup
from telephony.models import (
    Contact,
    ContactImport,
    Ddi,
    Extension,
    PickupGroup,
    Queue,
    QueueCall,
    QueueMember,
    RingProfile,
    RingSchedule,
    ScheduleException,
    SipDomain,
    Site,
    Trunk,
)
from tests.cast import Cast, Person


class World:
    """The cast's companies with everything that an address can name."""

    #: Kinds of objects that belong to a customer, by what a route says it is about.
    kinds: ClassVar[set[str]] = {
        "customer",
        "employee",
        "setup",
        "contact",
        "contact import",
        "department",
        "pickup group",
        "site",
        "ring profile",
        "schedule days",
        "queue",
        "queue call",
        "direct number",
    }
    #: Kinds that one employee alone sees, whatever the role of the others.
    private: ClassVar[set[str]] = {"contact", "contact import", "ring profile", "schedule days"}
    #: Kinds that belong to one user, or that nobody ever finds under a made-up key.
    never: ClassVar[set[str]] = {
        "passkey",
        "reset key",
        "content type",
        "no page",
        "kept mail",
        "call",
        "guide",
        "export",
    }

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.people: dict[str, Person | None] = {
            "nobody": None,
            "provider": cast.provider,
            "jonas": cast.jonas,
            "olga": cast.olga,
            "sara": cast.sara,
            "peter": cast.peter,
            "mette": cast.mette,
            "stig": cast.stig,
        }
        self.customers = {"own": cast.bixen, "sibling": cast.havnen, "foreign": cast.fremmed}
        at = clock.now()
        self.setups: dict[str, Setup] = {}
        self.profiles: dict[str, RingProfile] = {}
        self.apart: dict[str, ScheduleException] = {}
        self.contacts: dict[str, Contact] = {}
        self.departments: dict[str, Department] = {}
        self.groups: dict[str, PickupGroup] = {}
        self.sites: dict[str, Site] = {}
        self.batches: dict[str, ContactImport] = {}
        self.queues: dict[str, Queue] = {}
        self.missed: dict[str, QueueCall] = {}
        self.ddis: dict[str, Ddi] = {}
        self.employees: dict[str, Employee] = {
            "own": cast.mette.employee,
            "sibling": cast.freja.employee,
            "foreign": cast.stig.employee,
        }
        with tenant(Actor.platform(doing="world")):
            for whose, customer in self.customers.items():
                domain = f"{whose}.example"
                order = Order(customer=customer, domain=domain, created_by="world", confirmed_at=at)
                order.save()
                realm = SipDomain(customer=customer, name=domain)
                realm.save()
                setup = Setup(customer=customer, order=order, domain=domain, sip_domain=realm)
                setup.save()
                extension = Extension(customer=customer, number="201", employee=self.employees[whose])
                extension.save()
                number = f"+456914240{len(self.ddis)}"
                self.ddis[whose] = Ddi(customer=customer, number=number, extension=extension)
                self.ddis[whose].save()
                EmployeeLicence(
                    customer=customer,
                    employee=self.employees[whose],
                    licence_type=LicenceType.objects.get(code="k1"),
                    since=at,
                    reported_by="world",
                ).save()
                Activation(customer=customer, employee=self.employees[whose], activated_at=at).save()
                self.contacts[whose] = self._contact(whose)
                self.departments[whose] = Department(customer=customer, name="Salg")
                self.departments[whose].save()
                self.groups[whose] = PickupGroup(customer=customer, name="Lager")
                self.groups[whose].save()
                self.sites[whose] = Site(
                    customer=customer, name="Kontor", street="Vestergade", postcode="8000", town="Aarhus"
                )
                self.sites[whose].save()
                self.batches[whose] = self._batch(whose, at)
                self.profiles[whose] = RingProfile(
                    customer=customer, employee=self.employees[whose], template="office"
                )
                self.profiles[whose].save()
                self.apart[whose] = self._schedule(whose, at)
                self.queues[whose] = self._queue(whose, at)
                self.setups[whose] = setup
            Trunk.objects.create(name="Nordnet", gateway="192.0.2.7:5060")
        self.made_at = at + dt.timedelta()

    def _schedule(self, whose: str, at: dt.datetime) -> ScheduleException:
        """Make a schedule that has the one profile all week, and a day that is different."""
        values = {"customer": self.customers[whose], "employee": self.employees[whose]}
        schedule = RingSchedule(otherwise=self.profiles[whose], **values)
        schedule.save()
        day = at.date() + dt.timedelta(days=30)
        made = ScheduleException(
            schedule=schedule, profile=self.profiles[whose], first_day=day, last_day=day, **values
        )
        made.save()
        return made

    def _queue(self, whose: str, at: dt.datetime) -> Queue:
        """Make a queue whose calls everybody of the company in the world takes, and a caller whom it missed."""
        customer = self.customers[whose]
        number = Extension(customer=customer, number="230")
        number.save()
        queue = Queue(customer=customer, name=f"Kø {whose}", extension=number)
        queue.save()
        for person in self.people.values():
            if person and person.employee and person.employee.customer_id == customer.pk:
                QueueMember(customer=customer, queue=queue, employee=person.employee).save()
        self.missed[whose] = QueueCall(
            customer=customer, queue=queue, call_id=f"missed-{whose}", t_index=1, t_label=1, state="ended",
            caller="+4522334455", outcome="abandoned", entered_at=at, ended_at=at,
        )  # fmt: skip
        self.missed[whose].save()
        return queue

    def _contact(self, whose: str) -> Contact:
        contact = Contact(
            customer=self.customers[whose],
            employee=self.employees[whose],
            name=f"Kontakt {whose}",
            sort_name=f"kontakt {whose}",
            search=f"kontakt {whose}",
            updated_at=clock.now(),
        )
        contact.save()
        return contact

    def _batch(self, whose: str, at: dt.datetime) -> ContactImport:
        batch = ContactImport(
            customer=self.customers[whose],
            employee=self.employees[whose],
            source="csv",
            file_name=f"{whose}.csv",
            region="DK",
            headings=["Navn", ""],
            columns=["name", ""],
            rows=[[2, ["Per Hansen", "?"]]],
            created_at=at,
        )
        batch.save()
        return batch

    def objects(self, about: str, person: Person | None) -> Iterator[tuple[str, dict[str, object], bool]]:
        """Yield whose, the values of the route's parameters, and whether the person may see the object."""
        if about in self.kinds:
            for whose, customer in self.customers.items():
                setup, employee = self.setups[whose], self.employees[whose]
                values = {
                    "customer": customer.public_id,
                    "setup": setup.public_id,
                    "order": setup.order.public_id,
                    "employee": employee.public_id,
                    "stage": "contacts",
                    "language": "da",
                }
                values |= {
                    "contact": self.contacts[whose].public_id,
                    "department": self.departments[whose].public_id,
                    "group": self.groups[whose].public_id,
                    "site": self.sites[whose].public_id,
                    "batch": self.batches[whose].public_id,
                    "profile": self.profiles[whose].public_id,
                    "days": self.apart[whose].public_id,
                    "queue": self.queues[whose].public_id,
                    "call": self.missed[whose].public_id,
                    "ddi": self.ddis[whose].public_id,
                }
                if about in self.private:
                    yield whose, values, person is not None and person.employee == employee
                else:
                    yield whose, values, person is not None and self._sees(person, customer)
        elif about in self.never:
            values = {
                "uidb36": "zz",
                "call": uuid.uuid4(),
                "blocked": uuid.uuid4(),
                "key": "abc-123",
                "token": "abc",
                "pk": 999999,
                "url": "nowhere",
                "name": "1-ab.eml",
                "kind": "csv",
                "slug": "dns-records",
            }
            yield "none", values | {"content_type_id": 999999, "object_id": 1}, True
        else:
            yield "none", {}, True

    def missing(self, value: object) -> object:
        """Return a key of the same form that nothing has."""
        return uuid.uuid4() if isinstance(value, uuid.UUID) else value

    def _sees(self, person: Person, customer: Customer) -> bool:
        with tenant(person.actor):
            return Customer.objects.visible_to(person.actor).filter(pk=customer.pk).exists()

    def rows(self, model: Any) -> list[Any]:
        """Return every row of a model."""
        with tenant(Actor.platform(doing="world")):
            manager = model._default_manager
            rows = (
                manager.visible_to(Actor.platform(doing="world"))
                if hasattr(manager, "visible_to")
                else manager
            )
            return list(rows.all()[:20])

    def may_see(self, person: Person, row: Any) -> bool:
        """Say whether a member of a reseller's staff may see a row."""
        if isinstance(row, Reseller):
            return row.pk == person.actor.reseller_id
        customer_id = row.pk if isinstance(row, Customer) else getattr(row, "customer_id", None)
        if customer_id is None:
            return False
        owner = {c.pk: c.reseller_id for c in self.customers.values()}[customer_id]
        return owner == person.actor.reseller_id

    def names_hidden_from(self, person: Person) -> list[str]:
        """Return words that must never show on the person's pages."""
        hidden = []
        for whose, customer in self.customers.items():
            if customer.reseller_id != person.actor.reseller_id:
                hidden += [customer.name, self.setups[whose].domain, self.employees[whose].name]
        return hidden
