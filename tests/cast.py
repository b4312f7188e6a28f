"""The named people of every test.

Nordlys Tele sells to IT-bixen (Mette, its administrator Sara, its supervisor Peter) and to Havnens Rederi (Freja).
Sydpol Telefoni is another reseller; its customer Fremmed ApS has the permanent stranger, Stig, who must never see or
touch anything of the others.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client

from myfone.accounts.models import Membership, User
from myfone.accounts.sessions import FACTOR
from myfone.tenancy.actor import Actor, Role
from myfone.tenancy.context import admit, tenant
from myfone.tenancy.models import Customer, Employee, Reseller

PASSWORD = "correct horse battery staple"


@dataclass
class Person:
    """Somebody who signs in: the user, who they act as, and their employee row if any."""

    user: User
    actor: Actor
    employee: Employee | None = None


@dataclass
class Cast:
    nordlys: Reseller
    sydpol: Reseller
    bixen: Customer
    havnen: Customer
    fremmed: Customer
    provider: Person
    jonas: Person
    olga: Person
    sara: Person
    peter: Person
    mette: Person
    line: Person
    freja: Person
    stig: Person

    @classmethod
    def perform(cls) -> Cast:
        """Write the cast into the database."""
        platform = Actor.platform(doing="cast")
        with tenant(platform):
            nordlys, bixen, havnen = _reseller("Nordlys Tele", "IT-bixen ApS", "Havnens Rederi A/S")
            sydpol, fremmed = _reseller("Sydpol Telefoni", "Fremmed ApS")

            def employee(name: str, customer: Customer, role: Role = Role.EMPLOYEE) -> Person:
                domain = {bixen.pk: "it-bixen.dk", havnen.pk: "havnens.dk"}.get(customer.pk, "fremmed.dk")
                email = f"{name.split()[0].lower()}@{domain}"
                row = Employee(customer=customer, name=name, email=email)
                row.save()
                return _person(name, email, role, employee=row)

            people = {
                "provider": _person("Pia Platform", "pia@flexskype.dk", Role.PROVIDER_STAFF),
                "jonas": _person("Jonas Holm", "jonas@nordlystele.dk", Role.RESELLER_STAFF, reseller=nordlys),
                "olga": _person("Olga Lund", "olga@sydpol.dk", Role.RESELLER_STAFF, reseller=sydpol),
                "sara": employee("Sara Abildgaard", bixen, Role.CUSTOMER_ADMINISTRATOR),
                "peter": employee("Peter Kold", bixen, Role.QUEUE_SUPERVISOR),
                "mette": employee("Mette Hansen", bixen),
                "line": employee("Line Mark", bixen),
                "freja": employee("Freja Vind", havnen),
                "stig": employee("Stig Fremmed", fremmed, Role.CUSTOMER_ADMINISTRATOR),
            }
        return cls(nordlys=nordlys, sydpol=sydpol, bixen=bixen, havnen=havnen, fremmed=fremmed, **people)


def _reseller(name: str, *customers: str) -> list[Any]:
    reseller = Reseller(name=name)
    reseller.save()
    made: list[Any] = [reseller]
    for customer_name in customers:
        customer = Customer(reseller=reseller, name=customer_name)
        customer.save()
        admit(customer.pk)
        made.append(customer)
    return made


@functools.cache
def _hashed() -> str:
    """Hash the cast's password once: the real hasher is slow on purpose."""
    return make_password(PASSWORD)


def _person(
    name: str, email: str, role: Role, *, reseller: Reseller | None = None, employee: Employee | None = None
) -> Person:
    user = User.objects.create(email=email, name=name, password=_hashed())
    Membership.objects.create(user=user, role=role, reseller=reseller, employee=employee)
    actor = Actor(
        id=f"user:{user.pk}",
        role=role,
        user_id=user.pk,
        reseller_id=reseller.pk if reseller else None,
        customer_id=employee.customer_id if employee else None,
        employee_id=employee.pk if employee else None,
    )
    return Person(user, actor, employee)


def signed_in(person: Person | None) -> Client:
    """Return a browser in which the person is signed in, as staff with a second factor that was passed."""
    client = Client()
    if person is not None:
        client.force_login(person.user, backend=settings.AUTHENTICATION_BACKENDS[0])
        session = client.session
        session[FACTOR] = True
        session.save()
    return client
