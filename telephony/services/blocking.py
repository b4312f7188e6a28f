"""Keep callers away from an employee, and let them through again."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from myfone.tenancy.actor import Actor
from telephony.models import BlockedNumber
from telephony.rules import numbers
from telephony.selectors.numbers import country_of
from telephony.services.phones import NotANumber

MOST = 500


class TooManyBlocked(Exception):
    """The list is full; the text may be shown to the person."""

    def __init__(self) -> None:
        super().__init__(
            _("You have blocked %(most)d numbers. Let one through before you block more.") % {"most": MOST}
        )


@transaction.atomic
def block(*, actor: Actor, number: str) -> BlockedNumber:
    """Block a number for the actor; without a country code it is one of the company's own country. Again is no fault.

    Raises NotANumber, TooManyBlocked.
    """
    assert actor.customer_id is not None
    assert actor.employee_id is not None
    found = numbers.e164(number, country_of(actor, actor.customer_id))
    if found is None:
        raise NotANumber(number)
    own = BlockedNumber.objects.visible_to(actor).filter(employee_id=actor.employee_id)
    if own.count() >= MOST and not own.filter(number=found).exists():
        raise TooManyBlocked
    row = BlockedNumber(customer_id=actor.customer_id, employee_id=actor.employee_id, number=found)
    # Two clicks at once: the second finds it done.
    BlockedNumber.objects.bulk_create([row], ignore_conflicts=True)
    return row


@transaction.atomic
def let_through(*, actor: Actor, public_id: UUID) -> str | None:
    """Let a number through again and return it; None when it was let through already, or is somebody else's."""
    own = BlockedNumber.objects.visible_to(actor).filter(employee_id=actor.employee_id, public_id=public_id)
    found = own.first()
    if found is None:
        return None
    found.delete()
    return str(found.number)
