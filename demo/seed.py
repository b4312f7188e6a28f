"""Write the demo's companies and people; what is there already stays as people have changed it since."""

from __future__ import annotations

import base64
import hashlib
import hmac

from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import make_password

from demo.people import IT_BIXEN, PASSWORD, PROVIDER, SAID, SELLERS, Company, Person, Seller
from demo.phones import seed_network, seed_phones
from demo.queues import seed_queues
from myfone.accounts.models import Membership, User
from myfone.kernel import clock
from myfone.tenancy.actor import STAFF, Actor, Role
from myfone.tenancy.context import admit, tenant
from myfone.tenancy.models import Customer, Department, Employee, Reseller
from telephony.models import Extension, Presence


def seed() -> int:
    """Write what is missing of the demo data and return how many people were added."""
    actor = Actor.platform(doing="seed_demo")
    with tenant(actor):
        return _Writer(actor).write()


def totp_secret(email: str) -> str:
    """Return the shared secret (base32) of a demo person's authenticator app; it differs between installations."""
    mark = hmac.digest(settings.SECRET_KEY.encode(), f"demo totp {email}".encode(), hashlib.sha256)
    return base64.b32encode(mark[:20]).decode()


class _Writer:
    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.added = 0
        # One hash for all: they share a password that is printed, and hashing is slow on purpose.
        self.password = ""

    def write(self) -> int:
        for person in PROVIDER:
            self.user(person)
        for seller in SELLERS:
            self.seller(seller)
        seed_network()
        return self.added

    def seller(self, seller: Seller) -> None:
        reseller = Reseller.objects.visible_to(self.actor).filter(name=seller.name).first()
        if reseller is None:
            reseller = Reseller(name=seller.name, support_phone=seller.support_phone)
            reseller.save()
        for person in seller.staff:
            self.user(person, reseller=reseller)
        for company in seller.customers:
            self.company(company, reseller)

    def company(self, company: Company, reseller: Reseller) -> None:
        customer = Customer.objects.visible_to(self.actor).filter(name=company.name).first()
        if customer is None:
            customer = Customer(reseller=reseller, name=company.name, cvr=company.cvr)
            customer.save()
            admit(customer.pk)
        departments = {
            row.name: row for row in Department.objects.visible_to(self.actor).filter(customer=customer)
        }
        new: dict[str, Employee] = {}
        known = {row.email: row for row in Employee.objects.visible_to(self.actor).filter(customer=customer)}
        for person in company.people:
            if person.email not in known:
                if person.department not in departments:
                    departments[person.department] = Department(customer=customer, name=person.department)
                    departments[person.department].save()
                row = Employee(
                    customer=customer,
                    name=person.name,
                    email=person.email,
                    department=departments[person.department],
                )
                row.save()
                Extension(customer=customer, number=person.number, employee=row).save()
                known[person.email] = new[person.name] = row
            self.user(person, employee=known[person.email])
        self.say(new)
        if company is IT_BIXEN:
            people = {row.name: row for row in known.values()}
            seed_queues(self.actor, customer, people)
            seed_phones(self.actor, customer, people)

    def say(self, new: dict[str, Employee]) -> None:
        """Let people who were just added say how they are."""
        now = clock.now()
        Presence.objects.bulk_create(
            Presence(
                employee=new[name],
                customer_id=new[name].customer_id,
                state=state,
                state_since=now,
                note=note,
                note_author=new.get(author),
                note_at=now if note else None,
            )
            for name, (state, note, author) in SAID.items()
            if name in new
        )

    def user(
        self, person: Person, *, reseller: Reseller | None = None, employee: Employee | None = None
    ) -> None:
        user = User.objects.filter(email__iexact=person.email).first()
        if user is None:
            self.password = self.password or make_password(PASSWORD)
            user = User(email=person.email, name=person.name, password=self.password)
            user.save()
            Membership.objects.create(
                user=user, role=person.role or Role.EMPLOYEE, reseller=reseller, employee=employee
            )
            EmailAddress.objects.create(user=user, email=person.email, verified=True, primary=True)
            self.added += 1
        if person.role in STAFF:
            self.second_factor(user)

    def second_factor(self, user: User) -> None:
        """Give staff the authenticator whose codes the demo's start page shows."""
        if not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
            secret = get_adapter().encrypt(totp_secret(user.email))
            Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": secret})
