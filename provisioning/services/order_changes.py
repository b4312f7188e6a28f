"""Change what was ordered: licences at any time, the domain until its records were found right."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing import services as billing
from billing.models import LicenceType
from myfone.kernel import audit
from myfone.tenancy.actor import Actor
from provisioning.models import LicenceMode, Order, Setup
from provisioning.services import certificates, claims, dns_watch, licences
from provisioning.services.customers import staff_alone
from provisioning.services.orders import DomainOrdered, NotReady, OrderError, available_domain


class DomainFixed(OrderError):
    """Passwords and certificate hang on the domain from when its records were found right."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The domain's records are in place already, and passwords and the certificate hang on it."
                " Cancel the order or end the contract, then order for the other domain."
            )
        )


@transaction.atomic
def change(
    *,
    actor: Actor,
    order: Order,
    domain: str,
    licence_mode: LicenceMode,
    licence_code: str = "",
    at: dt.datetime,
) -> bool:
    """Change a confirmed order; return whether anything was changed. What was confirmed at which price stays on it.

    Another domain begins with its own claim and its own look at the records; stages that were confirmed stay so. Raises
    NotReady, DomainFixed, DomainRefused, billing's UnknownLicence, NotAllowed.
    """
    staff_alone(actor)
    rows = Order.objects.visible_to(actor).select_for_update(of=("self",))
    held = rows.select_related("customer", "licence_type").get(pk=order.pk)
    if held.confirmed_at is None or held.cancelled_at is not None or held.ended_at is not None:
        raise NotReady(_("There is no order to change. Look at the customer's page again."))
    name = available_domain(domain, customer_id=held.customer_id)
    changed: dict[str, Any] = {}
    if name != held.domain:
        changed["domain"] = {"before": held.domain, "after": name}
        _move(actor, held, name, at)
    changed |= _relicense(actor, held, licence_mode, licence_code, at)
    if not changed:
        return False
    try:
        with transaction.atomic():
            held.save(update_fields=["domain", "licence_mode", "licence_type"])
    except IntegrityError as error:
        raise DomainOrdered from error
    audit.record(actor=actor, action="order.changed", object=held, **changed)
    return True


def _move(actor: Actor, order: Order, domain: str, at: dt.datetime) -> None:
    setup = Setup.objects.visible_to(actor).select_for_update(of=("self",)).get(order=order)
    if setup.dns_verified_at is not None or setup.live_at is not None:
        raise DomainFixed
    dns_watch.stop(actor=actor, setup=setup, at=at)
    certificates.revoke(actor=actor, setup=setup, at=at)
    claims.release(actor=actor, customer_id=setup.customer_id, domain=setup.domain, at=at)
    setup.domain, setup.sip_domain = domain, None
    try:
        with transaction.atomic():
            setup.save(update_fields=["domain", "sip_domain"])
    except IntegrityError as error:
        raise DomainOrdered from error
    claims.claim(actor=actor, customer_id=setup.customer_id, domain=domain, at=at)
    order.domain = domain


def _relicense(actor: Actor, order: Order, mode: LicenceMode, code: str, at: dt.datetime) -> dict[str, Any]:
    before = order.licence_type.code if order.licence_type else None
    licence = None
    if mode == LicenceMode.ONE_FOR_ALL:
        licence = LicenceType.objects.filter(code=code).first()
        if licence is None:
            raise billing.UnknownLicence(code)
        billing.report_licences(actor=actor, customer=order.customer, licences=licence.code, at=at)
        licences.keep_orders_true(
            actor=actor, customer=order.customer, codes={licence.code}, except_for=order.pk
        )
    after = licence.code if licence else None
    order.licence_mode, order.licence_type = mode, licence
    return {} if before == after else {"licence": {"before": before, "after": after}}
