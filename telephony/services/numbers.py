"""Give a customer numbers of the public network, and decide what they lead to; it holds for the next call (G25)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from myfone.kernel import audit
from myfone.tenancy.actor import STAFF, Actor, NotAllowed
from myfone.tenancy.models import Customer, Employee
from telephony.models import Ddi, Extension, ShownNumber
from telephony.rules import numbers
from telephony.selectors import numbers as selectors
from telephony.services.phones import PhoneError


class LedElsewhere(PhoneError):
    """Somebody has led the number elsewhere since it was looked at; `place` is where it leads now."""

    def __init__(self, number: str, place: selectors.Place | None) -> None:
        self.place = place
        values = {"number": numbers.international(number), "name": place.name if place else ""}
        said = (
            _("Meanwhile somebody led %(number)s to %(name)s. Look at what would change now, and save again.")
            if place and place.name
            else _(
                "Meanwhile somebody let %(number)s lead to nobody. Look at what would change now, and save again."
            )
        )
        super().__init__(said % values)


class NobodyThere(PhoneError):
    """Nobody has the local number any more."""

    def __init__(self) -> None:
        super().__init__(_("Nobody has this local number any more. Choose somebody else."))


class Unreadable(PhoneError):
    """Lines that are no numbers; nothing was saved."""

    def __init__(self, faults: Sequence[str]) -> None:
        shown = ", ".join(f"“{line[:40]}”" for line in faults[:3])
        super().__init__(
            ngettext(
                "%(lines)s is no telephone number and no series of them. Nothing was saved.",
                "%(lines)s are no telephone numbers and no series of them. Nothing was saved.",
                len(faults),
            )
            % {"lines": shown + (" …" if len(faults) > 3 else "")}
        )


class MainNumber(PhoneError):
    """The number is shown for those who have none of their own, and another could be."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "It is the main number: employees who have no number of their own show it, also to 112, who may"
                " call back. Make another number the main one first."
            )
        )


class TooMany(PhoneError):
    """More numbers than one form takes."""

    def __init__(self) -> None:
        super().__init__(
            _("That is more than %(most)d numbers. Give them in parts.") % {"most": numbers.MOST_AT_ONCE}
        )


class AllTaken(PhoneError):
    """Numbers that somebody has already; nothing was saved."""

    def __init__(self, taken: Sequence[str]) -> None:
        shown = ", ".join(numbers.international(number) for number in taken[:3])
        super().__init__(
            _("In use already: %(numbers)s. Nothing was saved.")
            % {"numbers": shown + (" …" if len(taken) > 3 else "")}
        )


@transaction.atomic
def lead(*, actor: Actor, ddi: Ddi, to: str, seen: str) -> Ddi:
    """Let a number lead to a local number, or to nobody with none; `seen` is the one that it led to when looked at.

    Said twice it is done once. Raises LedElsewhere, NobodyThere.
    """
    row = _held(actor, ddi)
    before = row.extension.number if row.extension else ""
    if before == to:
        return row
    if before != seen:
        raise LedElsewhere(row.number, selectors.place(actor, row.customer_id, before))
    place = selectors.place(actor, row.customer_id, to) if to else None
    if to and place is None:
        raise NobodyThere
    row.extension_id = place.id if place else None
    row.save(update_fields=["extension"])
    audit.record(actor=actor, action="ddi.led", object=row, number=row.number, was=before, leads_to=to)
    return row


@transaction.atomic
def make_main(*, actor: Actor, ddi: Ddi) -> Ddi:
    """Make a number the one that is shown for those who have none of their own."""
    row = _held(actor, ddi)
    if row.is_main:
        return row
    # Two at once would both find no main number: they wait for each other at the customer.
    _hold_customer(actor, row.customer_id)
    Ddi.objects.visible_to(actor).filter(customer_id=row.customer_id, is_main=True).update(is_main=False)
    row.is_main = True
    row.save(update_fields=["is_main"])
    audit.record(actor=actor, action="ddi.made_main", object=row, number=row.number)
    return row


@transaction.atomic
def let_show(*, actor: Actor, ddi: Ddi, employee: Employee, may: bool) -> None:
    """Say whether an employee may show a number to those called; twice is once."""
    row = _held(actor, ddi)
    person = Employee.objects.visible_to(actor).get(
        pk=employee.pk, customer_id=row.customer_id, ended_at=None
    )
    grants = ShownNumber.objects.visible_to(actor)
    changed: object
    if may:
        _grant, changed = grants.get_or_create(
            ddi=row, employee=person, defaults={"customer_id": row.customer_id}
        )
    else:
        given = grants.filter(ddi=row, employee=person)
        changed = given._raw_delete(given.db)
    if changed:
        action = "ddi.may_be_shown" if may else "ddi.no_longer_shown"
        audit.record(actor=actor, action=action, object=row, number=row.number, employee=person.name)


@transaction.atomic
def give(*, actor: Actor, customer: Customer, text: str, to: str = "") -> list[Ddi]:
    """Give a customer numbers, one a line or in series, which lead to one local number or to nobody yet.

    All or none; those that the customer has already are passed over, so that a second click changes nothing.
    Raises Unreadable, TooMany, AllTaken, NobodyThere.
    """
    _must_be_staff(actor)
    read = numbers.read_numbers(text, selectors.country_of(actor, customer.pk))
    if read.faults or not read.numbers:
        raise Unreadable(read.faults or [text.strip()])
    if len(read.numbers) > numbers.MOST_AT_ONCE:
        raise TooMany
    place = selectors.place(actor, customer.pk, to) if to else None
    if to and place is None:
        raise NobodyThere
    extension = Extension.objects.visible_to(actor).get(pk=place.id) if place else None
    own = Ddi.objects.visible_to(actor).filter(customer=customer, ended_at=None, number__in=read.numbers)
    has = set(own.values_list("number", flat=True))
    wanted = [number for number in read.numbers if number not in has]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number FROM unnest(%s::text[]) number WHERE NOT switch.ddi_is_free(number)", [wanted]
        )
        taken = [number for (number,) in cursor.fetchall()]
    if taken:
        raise AllTaken(taken)
    made = [Ddi(customer=customer, number=number, extension=extension) for number in wanted]
    try:
        with transaction.atomic():
            Ddi.objects.bulk_create(made)
    except IntegrityError as error:
        if "one_owner_a_ddi" in str(error):
            raise AllTaken(wanted) from error
        raise
    if made:
        audit.record(
            actor=actor,
            action="ddi.given",
            object=made[0],
            customer_id=customer.pk,
            number=made[0].number,
            count=len(made),
            leads_to=to,
        )
    return made


@transaction.atomic
def take_back(*, actor: Actor, ddi: Ddi, at: dt.datetime) -> None:
    """End a customer's use of a number: callers no longer get through, nobody shows it, and it may be given anew.

    Raises MainNumber while another number could be the main one.
    """
    _must_be_staff(actor)
    row = _held(actor, ddi)
    if selectors.is_needed(actor, row):
        raise MainNumber
    grants = ShownNumber.objects.visible_to(actor).filter(ddi=row)
    grants._raw_delete(grants.db)
    row.ended_at, row.is_main = at, False
    row.save(update_fields=["ended_at", "is_main"])
    leads_to = row.extension.number if row.extension else ""
    audit.record(actor=actor, action="ddi.taken_back", object=row, number=row.number, leads_to=leads_to)


def _held(actor: Actor, ddi: Ddi) -> Ddi:
    """Return a number in use as it is now, held until the end of the transaction."""
    rows = (
        Ddi.objects.visible_to(actor).select_related("extension").select_for_update(of=("self",), no_key=True)
    )
    row: Ddi = rows.get(pk=ddi.pk, ended_at=None)
    if not selectors.looks_after(actor, row.customer_id):
        raise NotAllowed(_("Only an administrator of the company or its reseller can do this."))
    return row


def _hold_customer(actor: Actor, customer_id: int) -> None:
    Customer.objects.visible_to(actor).select_for_update(of=("self",), no_key=True).get(pk=customer_id)


def _must_be_staff(actor: Actor) -> None:
    if actor.role not in STAFF:
        raise NotAllowed(_("Numbers are given and taken back by your reseller."))
