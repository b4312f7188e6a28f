"""Link employees to Skype for Business, and end it: the phone at the switch, and the line in the ledger (G17)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from billing import services as billing
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from provisioning.selectors.skype_accounts import Opening, linking
from telephony.models import Phone
from telephony.selectors import phones
from telephony.services import skype as telephony
from telephony.services.skype import (
    AlreadyLinked,
    PasswordRefused,
    SkypeError,
    UsernameRefused,
    UsernameTaken,
)

__all__ = [
    "AlreadyLinked",
    "DomainClosed",
    "LinkingClosed",
    "PasswordRefused",
    "SkypeError",
    "UsernameRefused",
    "UsernameTaken",
    "link_account",
    "refusals",
    "unlink_account",
]


class LinkingClosed(SkypeError):
    """The customer's domain is not in use yet; `opening` says what it waits for."""

    def __init__(self, opening: Opening) -> None:
        super().__init__(_("Skype for Business is not open for your company yet."))
        self.opening = opening


class DomainClosed(SkypeError):
    """The domain that was chosen takes no accounts, or does so no more."""

    def __init__(self) -> None:
        super().__init__(_("This domain cannot be used now. Choose another one."))


@transaction.atomic
def link_account(*, actor: Actor, username: str, password: str, at: dt.datetime, domain: str = "") -> Phone:
    """Give the actor's own employee a Skype client, and begin the month's fee (G5).

    domain is the one that was chosen of several; without it, the one that is offered first. Raises LinkingClosed,
    DomainClosed, and what telephony raises: UsernameRefused, UsernameTaken, PasswordRefused, AlreadyLinked.
    """
    state = linking(actor)
    if state.sip_domain is None:
        raise LinkingClosed(state.opening)
    sip_domain = state.choose(domain)
    if sip_domain is None:
        raise DomainClosed
    employee = Employee.objects.visible_to(actor).get(pk=actor.employee_id)
    phone = telephony.create_skype_phone(
        actor=actor,
        employee=employee,
        sip_domain=sip_domain,
        username=username,
        password=password,
        at=at,
    )
    try:
        billing.activate(actor=actor, employee=employee, at=at)
    except billing.NotForSkype as error:
        # Decided while the person filled in the form; what the phone wrote is rolled back.
        raise LinkingClosed(Opening.NOT_FOR_ME) from error
    return phone


def refusals(*, actor: Actor, username: str, password: str, domain: str = "") -> tuple[SkypeError, ...]:
    """Tell everything for which link_account would refuse the user name and the password."""
    state = linking(actor)
    sip_domain = state.choose(domain)
    if sip_domain is None:
        return ()
    employee = Employee.objects.visible_to(actor).get(pk=actor.employee_id)
    return telephony.refusals(
        actor=actor, employee=employee, sip_domain=sip_domain, username=username, password=password
    )


@transaction.atomic
def unlink_account(*, actor: Actor, at: dt.datetime) -> bool:
    """End the actor's own Skype client and its fee; return whether there was one."""
    assert actor.employee_id is not None
    phone = phones.skype_phone(actor, actor.employee_id)
    if phone is None:
        return False
    telephony.disconnect(actor=actor, phone=phone, at=at)
    employee = Employee.objects.visible_to(actor).get(pk=actor.employee_id)
    billing.deactivate(actor=actor, employee=employee, at=at)
    return True
