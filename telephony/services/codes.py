"""Change a customer's codes, and take back a forward that was set by one (G29)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from myfone.kernel import audit
from myfone.tenancy.actor import Actor, NotAllowed, Role
from telephony.models import CodeAction, FeatureCode, Forward
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
    taken: set[str] = set()
    for action, wish in wishes.items():
        if not re.match(CODE, wish.digits):
            raise NotACode(action)
        if wish.is_enabled and wish.digits in taken:
            raise CodeTaken(action, wish.digits)
        if wish.is_enabled:
            taken.add(wish.digits)
    rows = FeatureCode.objects.visible_to(actor).filter(customer_id=actor.customer_id)
    rows._raw_delete(rows.db)
    defaults = {code.action: code for code in selectors.codes(actor.customer_id)}
    own = [
        FeatureCode(
            customer_id=actor.customer_id, action=action, digits=wish.digits, is_enabled=wish.is_enabled
        )
        for action, wish in wishes.items()
        if action in CodeAction.values
        and (wish.digits, wish.is_enabled) != (defaults[action].digits, defaults[action].is_enabled)
    ]
    FeatureCode.objects.bulk_create(own)
    if own:
        audit.record(actor=actor, action="codes.changed", object=own[0], amount=len(own))


@transaction.atomic
def stop_forwarding(*, actor: Actor) -> bool:
    """Let the actor's calls ring as the ring profile says again; return whether they were forwarded."""
    rows = Forward.objects.visible_to(actor).filter(employee_id=actor.employee_id)
    return bool(rows._raw_delete(rows.db))
