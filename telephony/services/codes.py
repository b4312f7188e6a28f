"""Change a customer's codes (G29)."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from myfone.kernel import audit
from myfone.kernel.models import AuditEntry
from myfone.tenancy.actor import Actor, NotAllowed
from myfone.tenancy.models import Customer
from telephony.models import FeatureCode
from telephony.rules.codes import Fault, Wish, faults
from telephony.selectors import codes as selectors
from telephony.selectors.numbers import looks_after

CHANGED = "codes.changed"


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


class CodesChanged(CodeError):
    """Somebody else has saved codes since these were read."""

    def __init__(self) -> None:
        super().__init__("", _("Somebody else has changed the codes meanwhile."))


class TooLateToUndo(CodeError):
    """The codes are not any more what the change made of them."""

    def __init__(self) -> None:
        super().__init__(
            "", _("It was changed again meanwhile, so nothing was undone. Here is how it stands now.")
        )


def refusal(action: str, fault: Fault, digits: str) -> CodeError:
    """Return what to tell of a fault."""
    return NotACode(action) if fault is Fault.NOT_A_CODE else CodeTaken(action, digits)


@transaction.atomic
def change_codes(
    *, actor: Actor, wishes: Mapping[str, Wish], version: str | None = None, customer_id: int | None = None
) -> None:
    """Set a customer's codes; what is as the provider has it is kept as that.

    version is what selectors.version said of the codes that the person saw; customer_id is named by staff. Raises
    NotACode, CodeTaken, CodesChanged.
    """
    customer = _locked(actor, customer_id or actor.customer_id)
    if version is not None and version != selectors.version(selectors.codes(customer.pk)):
        raise CodesChanged
    before = _own(actor, customer)
    rows = FeatureCode.objects.visible_to(actor).filter(customer=customer)
    rows._raw_delete(rows.db)
    defaults = {code.action: Wish(code.digits, code.is_enabled) for code in selectors.codes(customer.pk)}
    for action, fault in faults(wishes, defaults).items():
        raise refusal(action, fault, wishes[action].digits)
    _write(actor, customer, {a: w for a, w in wishes.items() if defaults.get(a, w) != w}, before)


@transaction.atomic
def undo_change(*, actor: Actor, version: str) -> None:
    """Take the last change back, if the codes still are the version that it made. Raises TooLateToUndo."""
    customer = _locked(actor, actor.customer_id)
    last = AuditEntry.objects.filter(customer_id=customer.pk, action=CHANGED).order_by("-at", "-id").first()
    if last is None or version != selectors.version(selectors.codes(customer.pk)):
        raise TooLateToUndo
    before = _own(actor, customer)
    rows = FeatureCode.objects.visible_to(actor).filter(customer=customer)
    rows._raw_delete(rows.db)
    _write(actor, customer, {action: Wish(*wish) for action, wish in last.details["before"].items()}, before)


def _locked(actor: Actor, customer_id: int | None) -> Customer:
    """Hold the company until the transaction ends: whoever saves at the same time waits."""
    if customer_id is None or not looks_after(actor, customer_id):
        raise NotAllowed(_("Only an administrator of your company can do this."))
    rows = Customer.objects.visible_to(actor).select_for_update(of=("self",), no_key=True)
    held: Customer = rows.only("pk", "public_id").get(pk=customer_id)
    return held


def _own(actor: Actor, customer: Customer) -> dict[str, Wish]:
    rows = FeatureCode.objects.visible_to(actor).filter(customer=customer)
    return {row.action: Wish(row.digits, row.is_enabled) for row in rows}


def _write(actor: Actor, customer: Customer, own: Mapping[str, Wish], before: Mapping[str, Wish]) -> None:
    rows = [
        FeatureCode(customer=customer, action=action, digits=wish.digits, is_enabled=wish.is_enabled)
        for action, wish in own.items()
    ]
    FeatureCode.objects.bulk_create(rows)
    if own != before:
        audit.record(
            actor=actor,
            action=CHANGED,
            object=customer,
            customer_id=customer.pk,
            amount=len(own),
            before={action: [wish.digits, wish.is_enabled] for action, wish in before.items()},
            after={action: [wish.digits, wish.is_enabled] for action, wish in own.items()},
        )
