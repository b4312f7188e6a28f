"""Read how the end of a contract stands: announced, under way, done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery

from myfone.tenancy.actor import Actor
from provisioning.models import Certificate, Ending, EndingCause, EndingStep, Order, Setup, Upkeep
from telephony.models import Phone, PhoneKind
from telephony.selectors import phones


@dataclass(frozen=True, slots=True)
class EndingState:
    """The end of one contract; fault is what keeps a certificate of it from being revoked."""

    cause: str
    domain: str
    last_day: dt.date
    ends_at: dt.datetime
    announced_at: dt.datetime
    announced_by: str
    step: str
    step_at: dt.datetime
    accounts: int
    fault: Mapping[str, Any] | None

    @property
    def is_done(self) -> bool:
        return self.step == EndingStep.DONE

    @property
    def is_cancellation(self) -> bool:
        return self.cause == EndingCause.CANCELLED

    def is_begun(self, at: dt.datetime) -> bool:
        """Tell whether it is too late to withdraw."""
        return at >= self.ends_at or self.step != EndingStep.ANNOUNCED


def latest(*, actor: Actor, customer_id: int, order: Order | None = None) -> Ending | None:
    """Return the latest ending, of the order or of any, not withdrawn, with its setup and `fault`; one query."""
    stuck = Certificate.objects.visible_to(actor).filter(setup=OuterRef("setup"), revoked_at=None)
    of_order = {"setup__order": order.pk} if order is not None else {}
    found: Ending | None = (
        Ending.objects.visible_to(actor)
        .filter(customer_id=customer_id, withdrawn_at=None, **of_order)
        .select_related("setup")
        .annotate(fault=Subquery(stuck.exclude(revoke_reason=None).values("fault")[:1]))
        .order_by("-announced_at", "-pk")
        .first()
    )
    return found


def accounts_of(*, actor: Actor, setup: Setup) -> int:
    """Count the Skype accounts that the end of a setup closes."""
    rows = Phone.objects.visible_to(actor).filter(
        sip_domain_id=setup.sip_domain_id, sip_domain__isnull=False, kind=PhoneKind.SKYPE, ended_at=None
    )
    return int(rows.count())


def state_of(ending: Any) -> EndingState:
    """Return the ending as pages show it."""
    return EndingState(
        cause=ending.cause,
        domain=ending.setup.domain,
        last_day=ending.last_day,
        ends_at=ending.ends_at,
        announced_at=ending.announced_at,
        announced_by=ending.announced_by_name,
        step=ending.step,
        step_at=ending.step_at,
        accounts=ending.accounts,
        fault=ending.fault,
    )


def account_with_end(*, actor: Actor, employee_id: int) -> tuple[Phone | None, dt.date | None]:
    """Return an employee's Skype client, and its last day where an end is announced; one query.

    The client has `broken`: the verdict on a domain in use that no longer points at us, or None.
    """
    ending = Ending.objects.visible_to(actor).filter(
        setup__sip_domain=OuterRef("sip_domain"), setup__ended_at=None, withdrawn_at=None
    )
    rows = phones.skype_phones(actor, employee_id)
    upkeep = Upkeep.objects.visible_to(actor).filter(
        setup__sip_domain=OuterRef("sip_domain"), setup__ended_at=None, broken_at__isnull=False
    )
    found: Any = rows.annotate(
        last_day=Subquery(ending.values("last_day")[:1]), broken=Subquery(upkeep.values("verdict")[:1])
    ).first()
    return found, found.last_day if found else None
