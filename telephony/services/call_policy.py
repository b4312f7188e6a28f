"""Decide where a customer is and what it may call: the switch asks for each call (G25)."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from myfone.kernel import audit
from myfone.tenancy.actor import STAFF, Actor, NotAllowed
from myfone.tenancy.models import Customer
from telephony.models import CallPolicy

OPENED = ("allows_premium", "allows_satellite", "allows_high_risk")


class ChangedMeanwhile(Exception):
    """Somebody changed the policy since it was looked at; the text may be shown."""

    def __init__(self) -> None:
        super().__init__(
            _("Meanwhile somebody changed what may be called. Look at what holds now, and save again.")
        )


@dataclass(frozen=True)
class Policy:
    """What a customer may call; the defaults are what holds until somebody decides."""

    country: str = "DK"
    time_zone: str = "Europe/Copenhagen"
    is_suspended: bool = False
    allows_premium: bool = False
    allows_satellite: bool = False
    allows_high_risk: bool = False
    calls_at_once: int = 30
    minutes_abroad: int = 240

    @property
    def mark(self) -> str:
        """Return what tells this policy from every other, for a form to carry."""
        return "|".join(str(value) for value in asdict(self).values())


def policy_of(actor: Actor, customer: Customer) -> Policy:
    """Return what holds for a customer now."""
    row = CallPolicy.objects.visible_to(actor).filter(customer=customer).first()
    return _read(row) if row else Policy()


@transaction.atomic
def set_policy(*, actor: Actor, customer: Customer, policy: Policy, seen: str) -> Policy:
    """Decide what a customer may call, from the next call on; `seen` is the mark of what was looked at.

    Raises ChangedMeanwhile, NotAllowed.
    """
    if actor.role not in STAFF:
        raise NotAllowed(_("Your reseller decides what your company may call."))
    rows = CallPolicy.objects.visible_to(actor).select_for_update(of=("self",), no_key=True)
    row = rows.filter(customer=customer).first()
    before = _read(row) if row else Policy()
    if policy == before:
        return before
    if seen != before.mark:
        raise ChangedMeanwhile
    row = row or CallPolicy(customer=customer)
    for field, value in asdict(policy).items():
        setattr(row, field, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ChangedMeanwhile from error
    old = asdict(before)
    changed = {field: value for field, value in asdict(policy).items() if old[field] != value}
    audit.record(actor=actor, action="call_policy.changed", object=row, was=before.mark, **changed)
    return policy


def _read(row: CallPolicy) -> Policy:
    return Policy(**{field: getattr(row, field) for field in Policy.__dataclass_fields__})
