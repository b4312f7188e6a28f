"""Say who administers a customer's company: appointed by its reseller, and taken back the same way."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from myfone.accounts import invitations
from myfone.accounts.models import Invitation, Membership
from myfone.kernel import audit, outbox
from myfone.tenancy.actor import STAFF, Actor, NotAllowed, Role
from myfone.tenancy.models import Customer, Employee


class AppointmentRefused(Exception):
    """The employee cannot be appointed; the text may be shown."""


@transaction.atomic
def appoint(*, actor: Actor, employee: Employee, at: dt.datetime) -> bool:
    """Make an employee an administrator of their company; return whether they were none yet.

    Who has no user is invited in the same go; who has one is told by mail. Who signs in elsewhere is one as soon as
    they accept, and the answer is the same. Raises AppointmentRefused, NotAllowed.
    """
    _staff_alone(actor)
    customer = Customer.objects.visible_to(actor).get(pk=employee.customer_id)
    invitations.invite(actor=actor, customer=customer, at=at, only=[employee.pk])
    member = _held(employee)
    if member is None:
        return _promise(actor, employee, Role.CUSTOMER_ADMINISTRATOR, "administrator.appointed")
    if member.role in STAFF:
        raise AppointmentRefused(
            _("%(name)s works for the reseller, and can do all of this already.") % {"name": employee.name}
        )
    if member.role == Role.CUSTOMER_ADMINISTRATOR:
        return False
    _become(actor, member, Role.CUSTOMER_ADMINISTRATOR, employee, "administrator.appointed")
    if member.user.has_usable_password():
        outbox.send(
            key=f"administrator:{member.user_id}:{at.isoformat()}",
            to=member.user.email,
            template="administrator",
            language=member.user.language,
            params={"name": member.user.name, "company": customer.name},
            customer_id=customer.pk,
        )
    return True


@transaction.atomic
def dismiss(*, actor: Actor, employee: Employee) -> bool:
    """Let an administrator be an employee like the others; return whether they were one. Raises NotAllowed."""
    _staff_alone(actor)
    member = _held(employee)
    if member is None:
        return _promise(actor, employee, Role.EMPLOYEE, "administrator.dismissed")
    if member.role != Role.CUSTOMER_ADMINISTRATOR:
        return False
    _become(actor, member, Role.EMPLOYEE, employee, "administrator.dismissed")
    return True


def has_accepted(*, employee: Employee) -> bool:
    """Return whether an employee can sign in by now; who was invited and has not answered cannot.

    Who signs in elsewhere alone has not accepted either: the answer does not tell the two apart.
    """
    member = Membership.objects.filter(employee=employee, user__is_active=True).select_related("user").first()
    return member is not None and member.user.has_usable_password()


def with_administrators(rows: QuerySet[Employee]) -> QuerySet[Any]:
    """Add is_administrator to employees: whether they administer their company."""
    appointed = Membership.objects.filter(employee=OuterRef("pk"), role=Role.CUSTOMER_ADMINISTRATOR)
    promised = Invitation.objects.filter(employee=OuterRef("pk"), role=Role.CUSTOMER_ADMINISTRATOR)
    return rows.annotate(is_administrator=Exists(appointed) | Exists(promised))


@transaction.atomic
def withdraw_entry(*, employee: Employee) -> None:
    """Take back what an employee who leaves was invited with; a user that was never signed in with goes with it.

    A user that is in use stays, acts for nobody from now on, and can accept another company's invitation.
    """
    Invitation.objects.filter(employee=employee).delete()
    member = _held(employee)
    if member is not None and member.role not in STAFF and not member.user.has_usable_password():
        member.user.delete()


def _held(employee: Employee) -> Membership | None:
    rows = Membership.objects.select_for_update(of=("self",)).select_related("user")
    return rows.filter(employee=employee, user__is_active=True).first()


def _promise(actor: Actor, employee: Employee, role: Role, action: str) -> bool:
    """Say what somebody becomes who signs in elsewhere and has yet to accept; nobody else learns that they do."""
    asked = Invitation.objects.filter(employee=employee).exclude(role=role)
    if not asked.update(role=role):
        return False
    audit.record(actor=actor, action=action, object=employee)
    return True


def _become(actor: Actor, member: Membership, role: Role, employee: Employee, action: str) -> None:
    before = member.role
    Membership.objects.filter(pk=member.pk).update(role=role)
    audit.record(actor=actor, action=action, object=employee, before=before, user=member.user_id)


def _staff_alone(actor: Actor) -> None:
    if not actor.is_staff:
        raise NotAllowed(_("Administrators are appointed by the reseller."))
