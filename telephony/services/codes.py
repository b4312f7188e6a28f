"""Change a customer's codes, and take back a forward that was set by one (G29)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from myfone.kernel import audit
from myfone.tenancy.actor import Actor, NotAllowed, Role
from myfone.tenancy.models import Customer
from telephony.models import FeatureCode, Forward
from telephony.models.codes import CODE
from telephony.selectors import codes as selectors


class CodeError(Exception):
    """Something about a code that cannot be done; the text may be shown to the person."""

    def __init__(self, action: str, text: str) -> None:
        super().__init__(text)
        self.action = action


class NotACode(CodeError):
    """The digits are none that a phone can dial as a code."""

    def __init__(self, action: str) -> None:
        super().__init__(action, _("Write one to three digits and a star, such as 2*."))


class CodeTaken(CodeError):
    """Two actions would have the same code."""

    def __init__(self, action: str, digits: str) -> None:
        super().__init__(action, _("%(digits)s does something else already.") % {"digits": digits})


@dataclass(frozen=True)
class Wish:
    """What an action's code shall be."""

    digits: str
    is_enabled: bool


@transaction.atomic
def change_codes(*, actor: Actor, wishes: Mapping[str, Wish]) -> None:
    """Set a customer's codes; what is as the provider has it is kept as that. Raises NotACode, CodeTaken."""
    if actor.role != Role.CUSTOMER_ADMINISTRATOR or actor.customer_id is None:
        raise NotAllowed(_("Only an administrator of your company can do this."))
    for action, wish in wishes.items():
        if not re.fullmatch(CODE, wish.digits):
            raise NotACode(action)
    # Whoever saves at the same time waits: both put rows in the place of those that there are.
    Customer.objects.visible_to(actor).select_for_update(of=("self",), no_key=True).only("pk").get(
        pk=actor.customer_id
    )
    rows = FeatureCode.objects.visible_to(actor).filter(customer_id=actor.customer_id)
    before = {row.action: row for row in rows}
    rows._raw_delete(rows.db)
    defaults = {
        code.action: Wish(code.digits, code.is_enabled) for code in selectors.codes(actor.customer_id)
    }
    becomes = {action: wishes.get(action, wish) for action, wish in defaults.items()}
    enabled = [(action, wish.digits) for action, wish in becomes.items() if wish.is_enabled]
    for action, digits in enabled:
        # Of two with one code, the one that was asked for is to blame, not the provider's.
        if action in wishes and any(other != action and digits == theirs for other, theirs in enabled):
            raise CodeTaken(action, digits)
    own = [
        FeatureCode(
            customer_id=actor.customer_id, action=action, digits=wish.digits, is_enabled=wish.is_enabled
        )
        for action, wish in becomes.items()
        if wish != defaults[action]
    ]
    FeatureCode.objects.bulk_create(own)
    if {row.action: (row.digits, row.is_enabled) for row in own} != {
        action: (row.digits, row.is_enabled) for action, row in before.items()
    }:
        audit.record(actor=actor, action="codes.changed", object=[*own, *before.values()][0], amount=len(own))


@transaction.atomic
def stop_forwarding(*, actor: Actor) -> bool:
    """Let the actor's calls ring as the ring profile says again; return whether they were forwarded."""
    rows = Forward.objects.visible_to(actor).filter(employee_id=actor.employee_id)
    return bool(rows._raw_delete(rows.db))
