"""Give employees phones and numbers."""

from __future__ import annotations

import datetime as dt
import re
import secrets

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from myfone.kernel import audit
from myfone.tenancy.actor import Actor, NotAllowed
from myfone.tenancy.models import Employee
from telephony.models import Ddi, Extension, Phone, PhoneKind, PhoneOutage, Presence, SipDomain
from telephony.rules import numbers, skype_account
from telephony.selectors.numbers import looks_after

# 26 characters of 32: 130 bits. Nobody types it; a phone is given it by its configuration.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_NAME = re.compile(r"[^a-z0-9]+")


class PhoneError(Exception):
    """Something about a phone or a number that cannot be done; the text may be shown to the person."""


class NotANumber(PhoneError):
    """What was typed is no telephone number."""

    def __init__(self, typed: str) -> None:
        super().__init__(
            _("%(typed)s is not a telephone number. Write it with its country code.") % {"typed": typed}
        )


class NotAtHome(PhoneError):
    """A company mobile of another country: each call that rings it would be one abroad."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "A company mobile has a number of the company's own country: calls that ring it go through the trunk."
            )
        )


class NumberTaken(PhoneError):
    """Somebody has the number already: a colleague, or another company."""

    def __init__(self, number: str) -> None:
        super().__init__(_("%(number)s is in use already.") % {"number": numbers.shown(number)})


class PhonesChanged(PhoneError):
    """The employee's phones are no longer as many as when somebody looked at them."""

    def __init__(self) -> None:
        super().__init__(_("The phones were changed meanwhile. Nothing was added; look at them first."))


def add_ddi(
    *, actor: Actor, extension: Extension, number: str, is_main: bool = False, country: str = "DK"
) -> Ddi:
    """Let a number of the public network lead to a local number. Raises NotANumber, NumberTaken."""
    found = numbers.e164(number, country)
    if found is None:
        raise NotANumber(number)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT switch.ddi_is_free(%s)", [found])
            (free,) = cursor.fetchone()
        ddi = Ddi(customer_id=extension.customer_id, number=found, extension=extension, is_main=is_main)
        try:
            if not free:
                raise NumberTaken(found)
            with transaction.atomic():
                ddi.save(force_insert=True)
        except IntegrityError as error:
            if "one_owner_a_ddi" in str(error):
                raise NumberTaken(found) from error
            raise
        audit.record(actor=actor, action="ddi.added", object=ddi, number=found, leads_to=extension.number)
    return ddi


def add_sip_phone(
    *,
    actor: Actor,
    employee: Employee,
    sip_domain: SipDomain,
    kind: PhoneKind,
    name: str = "",
    seen: int | None = None,
    at: dt.datetime,
) -> tuple[Phone, str]:
    """Give an employee a desk phone or a softphone; return it with its password, which is shown this once.

    Its user name is made from the employee's address and the kind, such as mette-desk. Raises PhonesChanged when the
    employee has other than `seen` phones: a second click makes no second phone.
    """
    _must_look_after(actor, employee.customer_id)
    base = _NAME.sub("-", employee.email.partition("@")[0].lower()).strip("-") or "phone"
    password = "".join(secrets.choice(_ALPHABET) for _ in range(26))
    with transaction.atomic():
        Employee.objects.visible_to(actor).select_for_update(no_key=True).get(pk=employee.pk)
        held = Phone.objects.visible_to(actor).filter(employee=employee, ended_at=None)
        if seen is not None and held.count() != seen:
            raise PhonesChanged
        taken = set(
            Phone.objects.visible_to(actor)
            .filter(customer_id=employee.customer_id, sip_domain=sip_domain, ended_at=None)
            .values_list("username", flat=True)
        )
        username = f"{base}-{kind.value}"
        number = 2
        while username in taken:
            username = f"{base}-{kind.value}-{number}"
            number += 1
        phone = Phone(
            customer_id=employee.customer_id,
            employee=employee,
            kind=kind,
            sip_domain=sip_domain,
            username=username,
            name=name,
            password_changed_at=at,
        )
        phone.save(force_insert=True)
        digest = skype_account.ha1(username, sip_domain.name.lower(), password)
        with connection.cursor() as cursor:
            cursor.execute("SELECT switch.set_credential(%s, %s)", [phone.pk, digest])
        audit.record(actor=actor, action="phone.added", object=phone, address=str(phone))
    return phone, password


def add_mobile(*, actor: Actor, employee: Employee, number: str, country: str = "DK") -> Phone:
    """Let a company mobile ring as one of an employee's phones; twice is once. Raises NotANumber, NotAtHome."""
    _must_look_after(actor, employee.customer_id)
    found = numbers.e164(number, country)
    if found is None:
        raise NotANumber(number)
    if not numbers.is_at_home(found, country):
        raise NotAtHome
    with transaction.atomic():
        # A double click waits here for itself.
        Employee.objects.visible_to(actor).select_for_update(of=("self",), no_key=True).get(pk=employee.pk)
        has = Phone.objects.visible_to(actor).filter(employee=employee, number=found, ended_at=None)
        own: Phone | None = has.first()
        if own is not None:
            return own
        phone = Phone(
            customer_id=employee.customer_id, employee=employee, kind=PhoneKind.MOBILE, number=found
        )
        phone.save(force_insert=True)
        audit.record(actor=actor, action="phone.added", object=phone, number=found)
    return phone


@transaction.atomic
def end_phone(*, actor: Actor, phone: Phone, at: dt.datetime) -> None:
    """Take a desk phone, a softphone or a mobile out of use: it no longer rings, and its password opens nothing.

    A Skype client ends by disconnecting it. Twice is once.
    """
    _must_look_after(actor, phone.customer_id)
    rows = Phone.objects.visible_to(actor).exclude(kind=PhoneKind.SKYPE)
    if not rows.filter(pk=phone.pk, ended_at=None).update(ended_at=at, is_enabled=False):
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT switch.drop_credential(%s)", [phone.pk])
    audit.record(actor=actor, action="phone.ended", object=phone, address=str(phone))


def _must_look_after(actor: Actor, customer_id: int) -> None:
    if not looks_after(actor, customer_id):
        raise NotAllowed(_("Only an administrator of the company or its reseller can do this."))


def read_bell(*, actor: Actor, at: dt.datetime) -> int:
    """Mark what the actor's bell tells as read; return how much was new."""
    noted = (
        Presence.objects.visible_to(actor)
        .filter(employee_id=actor.employee_id, note__gt="")
        .exclude(note_author_id=actor.employee_id)
        .filter(Q(note_seen_at=None) | Q(note_seen_at__lt=F("note_at")))
        .update(note_seen_at=at)
    )
    outages = (
        PhoneOutage.objects.visible_to(actor)
        .filter(employee_id=actor.employee_id, seen_at=None)
        .update(seen_at=at)
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT switch.calls_seen(%s)", [[actor.employee_id]])
        (missed,) = cursor.fetchone()
    return int(noted + outages + missed)
