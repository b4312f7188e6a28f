"""Decide for a customer."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from myfone.kernel import audit
from myfone.tenancy.actor import Actor, NotAllowed, Role
from telephony.models import SkypePolicy
from telephony.rules.skype_password import LONGEST_CODE_DAYS


class PolicyRefused(Exception):
    """The choice is outside what can be chosen; the text may be shown."""


@transaction.atomic
def set_code_days(*, actor: Actor, customer_id: int, days: int | None) -> None:
    """Say for how many days a mailed password works, None: without end; it holds for those mailed from now on.

    Raises PolicyRefused, NotAllowed.
    """
    if actor.role is not Role.CUSTOMER_ADMINISTRATOR and not actor.is_staff:
        raise NotAllowed(_("Your company's administrator decides this."))
    if days is not None and not 1 <= days <= LONGEST_CODE_DAYS:
        raise PolicyRefused(_("Choose between 1 and %(most)d days.") % {"most": LONGEST_CODE_DAYS})
    rows = SkypePolicy.objects.visible_to(actor)
    before = rows.select_for_update(of=("self",), no_key=True).filter(customer_id=customer_id).first()
    if before is not None and before.code_days == days:
        return
    policy = SkypePolicy(customer_id=customer_id, code_days=days)
    SkypePolicy.objects.bulk_create(
        [policy], update_conflicts=True, update_fields=["code_days"], unique_fields=["customer"]
    )
    audit.record(
        actor=actor,
        action="skype_policy.changed",
        object=policy,
        before=before.code_days if before else "default",
        after=days,
    )
