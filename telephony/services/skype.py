"""Link an employee's Skype client to the switch, and keep its password (G17–G22)."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import uuid
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django.contrib.auth import password_validation
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from myfone.kernel import audit, jobs
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from telephony.models import Extension, Phone, PhoneKind, SipDomain
from telephony.rules import skype_account, skype_password
from telephony.rules.skype_password import Condition
from telephony.services.notices import tell

FIRST_FREE_NUMBER = 201


class SkypeError(Exception):
    """Something about a Skype account that cannot be done; the text may be shown to the person."""


class PasswordRefused(SkypeError):
    """The password breaks the rule; `conditions` are those that it does not fulfil."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        super().__init__(_("The password does not follow the rule. See what is missing below."))
        self.conditions = tuple(conditions)


class UsernameRefused(SkypeError):
    """The user name cannot stand in a SIP address."""

    def __init__(self) -> None:
        super().__init__(
            _("Use the letters a to z, digits, and . _ + - inside the user name; at least one letter.")
        )


class UsernameTaken(SkypeError):
    """Somebody else at the domain has this user name."""

    def __init__(self, address: str) -> None:
        super().__init__(
            _("%(address)s is taken by a colleague. Choose another user name.") % {"address": address}
        )


class AlreadyLinked(SkypeError):
    """The employee has a Skype client already."""

    def __init__(self) -> None:
        super().__init__(_("Your Myfone is connected to Skype for Business already."))


@cache
def common_passwords() -> frozenset[str]:
    """Return passwords that everybody tries first, in lower case; the list is the one Django ships."""
    path = Path(password_validation.__file__).parent / "common-passwords.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return frozenset(line.strip() for line in lines)


def create_skype_phone(
    *,
    actor: Actor,
    employee: Employee,
    sip_domain: SipDomain,
    username: str,
    password: str,
    at: dt.datetime,
) -> Phone:
    """Give an employee a Skype client that can sign in from now on.

    Raises UsernameRefused, PasswordRefused, UsernameTaken, AlreadyLinked.
    """
    typed, username = username.strip(), skype_account.normal_username(username)
    if not skype_account.is_username(username):
        raise UsernameRefused
    address = f"{username}@{sip_domain.name}"
    if _is_colleagues(actor, employee, address):
        raise UsernameTaken(address)
    _check(username, password)
    with transaction.atomic():
        phone = Phone(
            customer_id=employee.customer_id,
            employee=employee,
            kind=PhoneKind.SKYPE,
            sip_domain=sip_domain,
            username=username,
            username_as_typed=typed,
            line_identity=skype_account.line_identity(employee.customer_id, _local_number(actor, employee)),
            password_changed_at=at,
        )
        try:
            with transaction.atomic():
                phone.save(force_insert=True)
        except IntegrityError as error:
            if "one_phone_a_sip_address" in str(error):
                raise UsernameTaken(address) from error
            if "one_skype_an_employee" in str(error) or "one_line_identity" in str(error):
                raise AlreadyLinked from error
            raise
        _keep(phone, password)
        tell(phone, "skype_connected", at=at)
        audit.record(actor=actor, action="skype.linked", object=phone, address=str(phone))
    return phone


def refusals(
    *, actor: Actor, employee: Employee, sip_domain: SipDomain, username: str, password: str
) -> tuple[UsernameRefused | UsernameTaken | PasswordRefused, ...]:
    """Tell everything for which create_skype_phone would refuse what was typed, so that it can be said in one go."""
    found: list[UsernameRefused | UsernameTaken | PasswordRefused] = []
    username = skype_account.normal_username(username)
    address = f"{username}@{sip_domain.name}"
    phones = Phone.objects.visible_to(actor).filter(sip_domain=sip_domain, ended_at=None)
    if not skype_account.is_username(username):
        found.append(UsernameRefused())
    elif phones.filter(username=username).exists() or _is_colleagues(actor, employee, address):
        found.append(UsernameTaken(address))
    try:
        _check(username, password)
    except PasswordRefused as error:
        found.append(error)
    return tuple(found)


def change_password(*, actor: Actor, phone: Phone, password: str, at: dt.datetime) -> None:
    """Replace the password of a Skype client by one that its owner chose.

    Clients must sign in with the new one; the old one's registrations end. Raises PasswordRefused.
    """
    _check(phone.username, password)
    with transaction.atomic():
        _keep(phone, password)
        Phone.objects.visible_to(actor).filter(pk=phone.pk).update(
            password_changed_at=at, password_mailed_at=None, password_lapses_at=None
        )
        tell(phone, "skype_password_changed", at=at)
        audit.record(actor=actor, action="skype.password_changed", object=phone)


def take_mailed_password(
    *, actor: Actor, phone: Phone, password: str, lapses_at: dt.datetime | None, at: dt.datetime
) -> None:
    """Put a password in force that was mailed to its owner (G19), until it lapses, and plan the reminder."""
    with transaction.atomic():
        _keep(phone, password, lapses_at)
        Phone.objects.visible_to(actor).filter(pk=phone.pk).update(
            password_changed_at=at, password_mailed_at=at, password_lapses_at=lapses_at
        )
        remind_at = skype_password.reminder(at, lapses_at)
        if remind_at is not None:
            jobs.enqueue(
                "telephony.remind_of_password",
                key=f"skype-reminder:{phone.public_id}:{at.isoformat()}",
                customer_id=phone.customer_id,
                run_at=remind_at,
                phone=phone.pk,
                mailed_at=at.isoformat(),
            )
        audit.record(actor=actor, action="skype.password_mailed", object=phone, lapses_at=lapses_at)


def reset_password(*, actor: Actor, phone: Phone) -> None:
    """Promise a new password by mail, to the address that the employee signs in to Myfone with (G19).

    It is made when the mail is sent, and replaces the old one when the mail server has taken it: no row ever
    holds it, and until then the old one works.
    """
    with transaction.atomic():
        jobs.enqueue(
            "telephony.mail_password",
            key=f"skype-password:{phone.public_id}:{uuid.uuid4()}",
            customer_id=phone.customer_id,
            phone=phone.pk,
        )
        audit.record(actor=actor, action="skype.password_forgotten", object=phone)


def disconnect(*, actor: Actor, phone: Phone, at: dt.datetime) -> None:
    """End a Skype client: nobody can sign in with it any more, and its user name is free again."""
    with transaction.atomic():
        changed = (
            Phone.objects.visible_to(actor)
            .filter(pk=phone.pk, ended_at=None)
            .update(ended_at=at, is_enabled=False)
        )
        if changed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT switch.drop_credential(%s)", [phone.pk])
            tell(phone, "skype_disconnected", at=at)
            audit.record(actor=actor, action="skype.disconnected", object=phone, address=str(phone))


def _is_colleagues(actor: Actor, employee: Employee, address: str) -> bool:
    """Ask whether a colleague's mail goes there.

    Who has no client yet must find their own address free: in a colleague's hands it would be an impostor's.
    """
    colleagues = Employee.objects.visible_to(actor).filter(customer_id=employee.customer_id, ended_at=None)
    return bool(colleagues.filter(email__iexact=address).exclude(pk=employee.pk).exists())


def _check(username: str, password: str) -> None:
    missing = skype_password.failures(password, username=username, common=common_passwords())
    if missing:
        raise PasswordRefused(missing)


def _keep(phone: Phone, password: str, lapses_at: dt.datetime | None = None) -> None:
    assert phone.sip_domain is not None
    realm = phone.sip_domain.name.lower()
    digest = skype_account.ha1(phone.username, realm, password)
    written = skype_account.spellings(phone.username, realm, phone.username_as_typed, phone.employee.email)
    others = {spelling: skype_account.ha1(spelling, realm, password) for spelling in written}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT switch.set_credential(%s, %s, %s, %s)", [phone.pk, digest, json.dumps(others), lapses_at]
        )
        (kept,) = cursor.fetchone()
    if not kept:
        raise LookupError(f"phone {phone.pk} is not one of the opened customer's")


def _local_number(actor: Actor, employee: Employee) -> str:
    """Return the employee's local number; whoever has none is given the first free one."""
    numbers = Extension.objects.visible_to(actor).filter(customer_id=employee.customer_id)
    own = numbers.filter(employee=employee).order_by("number").first()
    if own is not None:
        return str(own.number)
    while True:
        taken = set(numbers.values_list("number", flat=True))
        free = next(str(number) for number in range(FIRST_FREE_NUMBER, 10**8) if str(number) not in taken)
        try:
            with transaction.atomic():
                Extension(customer_id=employee.customer_id, employee=employee, number=free).save(
                    force_insert=True
                )
        except IntegrityError:
            # A colleague was given the same one meanwhile, and can be seen by now.
            continue
        return free
