"""Order Skype for Business for a customer (G2, G3, G4, G10); confirmed twice, it is ordered once."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import services as billing
from billing.models import LicenceType
from myfone.accounts.selectors import name_of
from myfone.kernel import audit
from myfone.kernel.events import publish
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Customer
from provisioning import events
from provisioning.models import LicenceMode, Order, Setup
from provisioning.rules.domains import BadDomain, DomainFault, read_domain
from provisioning.rules.preconditions import DECLARED, Check, Declaration, Precondition
from provisioning.selectors.orders import open_orders, preconditions, price_now
from provisioning.services import claims
from provisioning.services.customers import staff_alone

DOMAIN_FAULTS: dict[DomainFault, Promise] = {
    DomainFault.EMPTY: gettext_lazy("Enter the company's domain, as in company.dk."),
    DomainFault.ADDRESS: gettext_lazy("This is an address of a machine. Enter the domain, as in company.dk."),
    DomainFault.EMAIL: gettext_lazy(
        "This is an e-mail address. Enter what stands behind the @, as in company.dk."
    ),
    DomainFault.MALFORMED: gettext_lazy(
        "This is not a domain. It has letters, digits, hyphens and dots, as in company.dk."
    ),
    DomainFault.SINGLE_LABEL: gettext_lazy("The ending is missing. Enter all of it, as in company.dk."),
    DomainFault.NOT_PUBLIC: gettext_lazy("This ending does not exist on the internet. Check the spelling."),
    DomainFault.PUBLIC_SUFFIX: gettext_lazy(
        "This is an ending that many share. Enter the company's own domain, as in company.dk."
    ),
    DomainFault.HOST: gettext_lazy(
        "This is the name of a server. Leave out its first word, as in company.dk."
    ),
    DomainFault.TOO_LONG: gettext_lazy(
        "This domain is too long: at most 200 characters. Check the spelling."
    ),
    DomainFault.OURS: gettext_lazy("This domain belongs to the platform. Enter the customer's own domain."),
}


class OrderError(Exception):
    """Something about an order that cannot be done; the text may be shown to the person."""


class DomainRefused(OrderError):
    """The domain cannot be ordered for; fault is why, or "in_use"."""

    def __init__(self, fault: DomainFault | None) -> None:
        super().__init__(str(DOMAIN_FAULTS[fault]) if fault else _("This domain is in use already."))
        self.fault = fault.value if fault else "in_use"


class DomainOrdered(DomainRefused):
    """The customer has an order for this very domain already."""

    def __init__(self) -> None:
        OrderError.__init__(self, _("Skype for Business is ordered for this domain of the customer already."))
        self.fault = "ordered"


class AlreadyOrdered(OrderError):
    """What was ordered is not edited any more."""

    def __init__(self) -> None:
        super().__init__(_("Skype for Business is ordered for this customer already."))


class NotReady(OrderError):
    """A precondition is not met, or the order is not filled in; checks holds every precondition."""

    def __init__(self, text: str, checks: tuple[Check, ...] = ()) -> None:
        super().__init__(text)
        self.checks = checks


class PriceChanged(OrderError):
    """The price is not the one that the person saw; nothing was ordered."""

    def __init__(self) -> None:
        super().__init__(_("The price changed while you were reading. Look at it again, then confirm."))


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The setup that the order led to, and whether this call made it."""

    setup: Setup
    is_new: bool


def is_domain_taken(domain: str, customer_id: int) -> bool:
    """Ask whether the domain lies below one that another customer has proven; nobody learns whose."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT provisioning_domain_taken(%s, %s)", [domain, customer_id])
        return bool(cursor.fetchone()[0])


def available_domain(text: str, *, customer_id: int) -> str:
    """Return the domain in its ASCII form; raise DomainRefused."""
    try:
        domain = read_domain(text, platform_zone=settings.ENVIRONMENT.platform_zone)
    except BadDomain as error:
        raise DomainRefused(error.fault) from error
    if is_domain_taken(domain, customer_id):
        raise DomainRefused(None)
    return domain


@transaction.atomic
def save_draft(
    *,
    actor: Actor,
    customer: Customer,
    domain: str,
    had_skype: bool,
    licence_mode: LicenceMode,
    licence_code: str = "",
    order: Order | None = None,
    another: bool = False,
    at: dt.datetime,
) -> Order:
    """Write down what will be ordered, as often as one likes before it is confirmed.

    order is the draft that the person edits. another says that it is for one more domain; then the licences stay as
    they are reported, for they are the employees' and not the domain's (G5). A customer has one draft at a time.
    Raises DomainRefused, AlreadyOrdered, NotReady, billing's UnknownLicence, NotAllowed.
    """
    staff_alone(actor)
    name = available_domain(domain, customer_id=customer.pk)
    licence = None
    if another:
        licence_mode = LicenceMode.PER_EMPLOYEE
    if licence_mode == LicenceMode.ONE_FOR_ALL:
        licence = LicenceType.objects.filter(code=licence_code).first()
        if licence is None:
            raise billing.UnknownLicence(licence_code)
    # The second of two browsers waits here, and edits the draft that the first one made.
    Customer.objects.visible_to(actor).select_for_update(of=("self",), no_key=True).get(pk=customer.pk)
    standing = open_orders(actor=actor, customer_id=customer.pk)
    confirmed = [one for one in standing if one.confirmed_at is not None]
    if confirmed and not another:
        raise AlreadyOrdered
    if any(one.domain == name for one in confirmed):
        raise DomainOrdered
    draft = next((one for one in standing if one.confirmed_at is None), None)
    if order is not None and (draft is None or draft.pk != order.pk):
        raise NotReady(_("The order was discarded. Begin a new one."))
    if draft is None:
        draft = Order(customer_id=customer.pk, created_by=actor.id)
    draft.domain = name
    draft.had_skype = had_skype
    draft.licence_mode = licence_mode
    draft.licence_type = licence
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError as error:
        # Another browser changed a confirmed order to this domain meanwhile.
        raise DomainOrdered from error
    return draft


@transaction.atomic
def declare(
    *, actor: Actor, order: Order, precondition: Precondition, holds: bool = True, at: dt.datetime
) -> Order:
    """Write down that the actor vouches for a precondition (G2), or takes it back; said twice, the first stands.

    Raises AlreadyOrdered, NotAllowed.
    """
    staff_alone(actor)
    assert precondition in DECLARED
    held = _held(actor, order)
    if held.confirmed_at is not None:
        raise AlreadyOrdered
    if holds == (precondition.value in held.declarations):
        return held
    if holds:
        new = Declaration(by=actor.id, name=name_of(actor), at=at.isoformat())
        held.declarations[precondition.value] = asdict(new)
    else:
        del held.declarations[precondition.value]
    held.save(update_fields=["declarations"])
    audit.record(
        actor=actor, action="order.declared", object=held, precondition=precondition.value, holds=holds
    )
    return held


@transaction.atomic
def discard_draft(*, actor: Actor, order: Order, at: dt.datetime) -> None:
    """Drop an order that was not confirmed. Raises AlreadyOrdered."""
    staff_alone(actor)
    held = _held(actor, order)
    if held.confirmed_at is not None:
        raise AlreadyOrdered
    held.cancelled_at = at
    held.save(update_fields=["cancelled_at"])
    audit.record(actor=actor, action="order.discarded", object=held, domain=held.domain)


@transaction.atomic
def confirm(*, actor: Actor, order: Order, price_shown: Decimal, at: dt.datetime) -> Confirmation:
    """Order what the draft says, at the price that was shown: DKK a month without VAT if all activate.

    Makes the setup and the claim on the domain, and reports the licences. Confirmed again, or in two browsers at
    once, it returns the setup that stands. Raises NotReady, PriceChanged, DomainRefused, NotAllowed.
    """
    staff_alone(actor)
    held = _held(actor, order)
    if held.cancelled_at is not None:
        raise NotReady(_("The order was discarded. Begin a new one."))
    if held.confirmed_at is not None:
        return Confirmation(Setup.objects.visible_to(actor).get(order=held), is_new=False)
    customer = held.customer
    checks = preconditions(actor=actor, customer=customer, order=held)
    if not all(one.is_met for one in checks):
        raise NotReady(_("Something is missing before you can order. See below."), checks)
    price = price_now(actor=actor, order=held, at=at)
    if price.without_licence:
        raise NotReady(_("Choose a licence for every employee first."), checks)
    if price.monthly.total != price_shown:
        raise PriceChanged
    held.confirmed_at, held.confirmed_by, held.price_shown = at, actor.id, price_shown
    held.save(update_fields=["confirmed_at", "confirmed_by", "price_shown"])
    setup = _set_up(actor, held, at)
    if held.licence_mode == LicenceMode.ONE_FOR_ALL and held.licence_type is not None:
        billing.report_licences(actor=actor, customer=customer, licences=held.licence_type.code, at=at)
    audit.record(
        actor=actor, action="order.confirmed", object=held, domain=held.domain, price=str(price_shown)
    )
    publish(
        events.OrderConfirmed(
            customer_id=customer.pk, at=at, order_id=held.pk, setup_id=setup.pk, domain=held.domain
        )
    )
    return Confirmation(setup, is_new=True)


def _held(actor: Actor, order: Order) -> Order:
    rows = Order.objects.visible_to(actor).select_for_update(of=("self",))
    held: Order = rows.select_related("customer", "licence_type").get(pk=order.pk)
    return held


def _set_up(actor: Actor, order: Order, at: dt.datetime) -> Setup:
    if is_domain_taken(order.domain, order.customer_id):
        raise DomainRefused(None)
    try:
        with transaction.atomic():
            setup = Setup(customer_id=order.customer_id, order=order, domain=order.domain)
            setup.save()
    except IntegrityError as error:
        raise DomainRefused(None) from error
    claims.claim(actor=actor, customer_id=order.customer_id, domain=order.domain, at=at)
    return setup
