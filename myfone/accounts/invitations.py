"""Give employees a user of their own: the account at once, and by mail a link to choose the password."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core import signing
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from myfone.accounts import welcome
from myfone.accounts.models import Invitation, Membership, User
from myfone.kernel import audit, clock, jobs, outbox
from myfone.kernel.jobs import Again
from myfone.kernel.models import Job, OutboxMail
from myfone.tenancy.actor import STAFF, Actor, NotAllowed, Role
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Customer, Employee

SALT = "accounts.invitation"
JOIN_SALT = "accounts.join"
VALID_DAYS = 14
MAILS_AT_ONCE = 200


def without_user(*, actor: Actor, customer_id: int) -> QuerySet[Employee]:
    """Return the queryset of a customer's employees who were not invited to Myfone yet (G2)."""
    rows: QuerySet[Employee] = Employee.objects.visible_to(actor).filter(
        ~Exists(Membership.objects.filter(employee=OuterRef("pk"))),
        ~Exists(Invitation.objects.filter(employee=OuterRef("pk"))),
        customer_id=customer_id,
        ended_at=None,
    )
    return rows


def not_in_yet(*, actor: Actor, customer_id: int, except_for: Any = ()) -> tuple[int, int]:
    """Count a customer's employees who were not invited yet, and those who were but have not accepted; one query."""
    member = Membership.objects.filter(employee=OuterRef("pk"))
    # Django marks a password that was never chosen by this sign in front.
    unchosen = member.filter(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)
    asked = Invitation.objects.filter(employee=OuterRef("pk"))
    people = Employee.objects.visible_to(actor).filter(customer_id=customer_id, ended_at=None)
    found = people.exclude(pk__in=except_for).aggregate(
        without=Count("pk", filter=~Exists(member) & ~Exists(asked)),
        invited=Count("pk", filter=Exists(unchosen) | (Exists(asked) & ~Exists(member))),
    )
    return found["without"], found["invited"]


@transaction.atomic
def invite(
    *,
    actor: Actor,
    customer: Customer,
    at: dt.datetime,
    except_for: Any = (),
    only: Collection[int] | None = None,
) -> int:
    """Make a user for every employee of the customer who has none; mail each a link. Return how many.

    except_for are ids of employees, or a query for them, who are left out; only are the ids of those who are meant.
    The link lets its owner choose a password, once, within two weeks. Staff of the customer's own reseller who are
    employees too keep the user they have. Whose address somebody signs in with already is mailed an invitation to
    accept; the answer is the same for all, so that it does not tell who uses Myfone elsewhere.
    """
    if not actor.is_staff:
        raise NotAllowed(_("Employees are invited by the reseller."))
    meant = without_user(actor=actor, customer_id=customer.pk).exclude(pk__in=except_for)
    people = list((meant if only is None else meant.filter(pk__in=only)).order_by("pk"))
    _add(people, customer, at)
    if people:
        audit.record(
            actor=actor,
            action="employees.invited",
            object=customer,
            customer_id=customer.pk,
            employees=len(people),
        )
        jobs.enqueue(
            "accounts.invitations",
            key=f"invitations:{customer.pk}:{at.isoformat()}",
            customer_id=customer.pk,
            customer=customer.pk,
        )
    return len(people)


def _add(
    people: list[Employee],
    customer: Customer,
    at: dt.datetime,
    again: str = "",
    role: str = Role.EMPLOYEE,
) -> list[User]:
    """Give each a user, or ask the one who signs in with the address already; return the users that are new."""
    known = {
        user.email.lower(): user
        for user in User.objects.alias(address=Lower("email"))
        .filter(address__in=[person.email.lower() for person in people])
        .select_related("membership")
    }
    taken, new, own = [], [], []
    for person in people:
        user = known.get(person.email.lower())
        if user is None:
            new.append(person)
        elif _is_staff_of_own_company(user, customer):
            own.append((user, person))
        else:
            taken.append((user, person))
    Invitation.objects.bulk_create(
        Invitation(employee=person, invited_at=at, role=role) for _user, person in taken
    )
    for user, person in taken:
        send_join(user, person, company=customer.name, again=again)
    for user, person in own:
        Membership.objects.filter(pk=user.membership.pk).update(employee=person)
    users = [User(email=person.email, name=person.name) for person in new]
    for made in users:
        made.set_unusable_password()
    User.objects.bulk_create(users)
    Membership.objects.bulk_create(
        Membership(user=user, role=role, employee=person) for user, person in zip(users, new, strict=True)
    )
    return users


def _is_staff_of_own_company(user: User, customer: Customer) -> bool:
    membership = getattr(user, "membership", None)
    return bool(
        membership
        and customer.is_own_company
        and membership.role == Role.RESELLER_STAFF
        and membership.reseller_id == customer.reseller_id
        and membership.employee_id is None
    )


@jobs.job("accounts.invitations", atomic=True)
def send_invitations(job: Job) -> Again | None:
    """Promise the mails of those who were invited and have no password yet, some hundreds at a time."""
    customer_id = int(job.ids["customer"])
    with tenant(Actor.system(customer_id, doing="invitations")) as actor:
        customer = Customer.objects.visible_to(actor).get(pk=customer_id)
        ids = Employee.objects.visible_to(actor).filter(customer_id=customer_id, ended_at=None)
        # Django marks a password that was never chosen by this sign in front.
        unchosen = {"user__password__startswith": UNUSABLE_PASSWORD_PREFIX, "user__is_active": True}
        waiting = Membership.objects.filter(employee_id__in=ids.values("pk"), **unchosen).select_related(
            "user"
        )
        sent = set(
            OutboxMail.objects.filter(customer_id=customer_id, template="invitation").values_list(
                "key", flat=True
            )
        )
        left = [row.user for row in waiting if f"invitation:{row.user_id}" not in sent]
        for user in left[:MAILS_AT_ONCE]:
            send(user, company=customer.name, customer_id=customer_id)
    return Again(clock.now()) if len(left) > MAILS_AT_ONCE else None


def send(user: User, *, company: str, customer_id: int, again: str = "") -> None:
    """Promise an invited user the mail with the link; `again` names the occasion of a further one."""
    outbox.send(
        key=f"invitation:{user.pk}" + (f":{again}" if again else ""),
        to=user.email,
        template="invitation",
        language=user.language,
        params={"name": user.name, "company": company, "url": link(user), "days": VALID_DAYS},
        customer_id=customer_id,
    )


def send_join(user: User, employee: Employee, *, company: str, again: str = "") -> None:
    """Promise somebody who signs in already the mail that asks them to act for this company."""
    token = signing.dumps(
        [user.pk, user.email, str(employee.public_id), employee.customer_id], salt=JOIN_SALT
    )
    outbox.send(
        key=f"join:{employee.pk}" + (f":{again}" if again else ""),
        to=user.email,
        template="join",
        language=user.language,
        params={
            "name": user.name,
            "company": company,
            "url": settings.PORTAL_URL + reverse("join_company", args=[token]),
            "days": VALID_DAYS,
        },
        customer_id=employee.customer_id,
    )


def remind(employee: Employee, *, company: str, again: str) -> None:
    """Promise an invited employee the mail once more, whichever it was; `again` names the occasion."""
    member = Membership.objects.filter(employee=employee, user__is_active=True).select_related("user").first()
    if member is not None:
        send(member.user, company=company, customer_id=employee.customer_id, again=again)
        return
    user = User.objects.filter(email__iexact=employee.email, is_active=True).first()
    if user is not None and Invitation.objects.filter(employee=employee).exists():
        send_join(user, employee, company=company, again=again)


@transaction.atomic
def invite_anew(*, actor: Actor, employee: Employee, at: dt.datetime) -> bool:
    """Invite an employee at an address that was mended before they chose a password or accepted.

    What was mailed to the former address leads nowhere from now on. Return False, and do nothing, for somebody who
    was not invited yet, or whose user is in use.
    """
    member = (
        Membership.objects.select_for_update(of=("self", "user"))
        .filter(employee=employee)
        .select_related("user")
        .first()
    )
    customer = Customer.objects.visible_to(actor).get(pk=employee.customer_id)
    # Each is a mail of its own: the key of the first one is used up.
    again = at.isoformat()
    if member is None:
        asked = Invitation.objects.filter(employee=employee).first()
        if asked is None:
            return False
        asked.delete()
        added = _add([employee], customer, at, again=again, role=asked.role)
    elif member.role in STAFF or member.user.has_usable_password() or not member.user.is_active:
        return False
    elif User.objects.filter(email__iexact=employee.email).exclude(pk=member.user_id).exists():
        # Nobody has ever signed in with it, and the one whose address it is now has a user.
        member.user.delete()
        added = _add([employee], customer, at, again=again, role=member.role)
    else:
        # Links name the user and the address, and die with either.
        member.user.email = employee.email
        member.user.save(update_fields=["email"])
        added = [member.user]
    for user in added:
        send(user, company=customer.name, customer_id=customer.pk, again=again)
    return True


def link(user: User) -> str:
    """Return the address at which the invited user chooses a password."""
    token = signing.dumps([user.pk, user.email], salt=SALT)
    return settings.PORTAL_URL + reverse("accept_invitation", args=[token])


@require_safe
@never_cache
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Lead an invited user to choose a password; a link that is old or was used leads to ask for a new one."""
    try:
        pk, email = signing.loads(token, salt=SALT, max_age=dt.timedelta(days=VALID_DAYS))
        user = User.objects.get(pk=pk, email=email, is_active=True)
    except (signing.BadSignature, ValueError, User.DoesNotExist):
        user = None
    if user is None or user.has_usable_password():
        messages.info(
            request,
            _("This invitation was used already, or is too old. Sign in, or ask for a new password here."),
        )
        return HttpResponseRedirect(reverse("account_reset_password"))
    welcome.remember(request, user)
    key = default_token_generator.make_token(user)
    return HttpResponseRedirect(
        reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Let somebody who signs in already act for a company that invites them.

    One sign-in acts for one company: who acts for another must have left it.
    """
    user: User = request.user  # type: ignore[assignment]
    try:
        pk, email, employee, customer_id = signing.loads(
            token, salt=JOIN_SALT, max_age=dt.timedelta(days=VALID_DAYS)
        )
    except (signing.BadSignature, ValueError):
        pk = email = employee = customer_id = None
    if pk != user.pk or email != user.email:
        messages.info(request, _("This invitation is too old, was used already, or is for somebody else."))
        return HttpResponseRedirect(reverse("today"))
    with tenant(Actor.system(customer_id, doing="join")) as actor:
        found = (
            without_membership(actor, customer_id)
            .select_related("customer")
            # An address that was mended since was somebody else's: their link dies with it.
            .filter(public_id=employee, email__iexact=user.email)
            .first()
        )
        if found is None:
            messages.info(
                request, _("This invitation is too old, was used already, or is for somebody else.")
            )
            return HttpResponseRedirect(reverse("today"))
        free = request.actor is None  # type: ignore[attr-defined]
        if request.method == "POST" and free:
            asked = Invitation.objects.filter(employee=found)
            role = asked.values_list("role", flat=True).first() or Role.EMPLOYEE
            Membership.objects.update_or_create(
                user=user, defaults={"role": role, "employee": found, "reseller": None}
            )
            asked.delete()
            audit.record(actor=actor, action="employee.joined", object=found, user=user.pk)
            text = _("You act for %(company)s from now on.")
            messages.success(request, text % {"company": found.customer.name})
            return HttpResponseRedirect(reverse("today"))
        context = {"company": found.customer.name, "free": free}
    return TemplateResponse(request, "account/join.html", context, status=200 if free else 409)


def without_membership(actor: Actor, customer_id: int) -> QuerySet[Employee]:
    """Return the employees whom nobody signs in as."""
    rows: QuerySet[Employee] = Employee.objects.visible_to(actor).filter(
        ~Exists(Membership.objects.filter(employee=OuterRef("pk"))), customer_id=customer_id, ended_at=None
    )
    return rows
