"""Set a stage for the end of a contract: a customer in use, with accounts, a fee and a certificate."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from billing.models import Activation
from myfone.kernel import clock, jobs
from myfone.kernel.models import Job
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.models import Certificate, Ending, LicenceMode, Setup
from provisioning.rules.preconditions import DECLARED
from provisioning.services import certificates, claims, endings, orders, skype_accounts
from tests.cast import Cast, Person

PASSWORD = "Kaffe-Kande-17"


def ordered(
    cast: Cast,
    domain: str = "it-bixen.dk",
    *,
    had_skype: bool = True,
    licence: str = "business-premium",
    price: str = "120.00",
    at: dt.datetime | None = None,
) -> Setup:
    """Order Skype for Business for IT-bixen."""
    actor, at = cast.jonas.actor, at or clock.now()
    with tenant(actor):
        order = orders.save_draft(
            actor=actor,
            customer=cast.bixen,
            domain=domain,
            had_skype=had_skype,
            licence_mode=LicenceMode.ONE_FOR_ALL,
            licence_code=licence,
            at=at,
        )
        for precondition in DECLARED:
            orders.declare(actor=actor, order=order, precondition=precondition, at=at)
        return orders.confirm(actor=actor, order=order, price_shown=Decimal(price), at=at).setup


def in_use(cast: Cast, domain: str = "it-bixen.dk", *people: Person) -> Setup:
    """Order it, have its certificate made by the stand-ins in force, and link people."""
    setup = ordered(cast, domain)
    with tenant(cast.jonas.actor):
        claims.prove(actor=cast.jonas.actor, setup=setup, has_txt=True, at=clock.now())
    planned = [one for one in certificates.tonight(at=clock.now()) if one.setup_id == setup.pk]
    deliver(*(certificates.job_key(one) for one in planned))
    for person in people or (cast.mette, cast.line):
        with tenant(person.actor):
            skype_accounts.link_account(
                actor=person.actor,
                username=person.user.email.split("@")[0],
                password=PASSWORD,
                at=clock.now(),
            )
    with tenant(cast.jonas.actor):
        rows = Setup.objects.visible_to(cast.jonas.actor).select_related("order")
        found: Setup = rows.get(pk=setup.pk)
    assert found.live_at
    return found


def deliver(*keys: str, turns: int = 400) -> None:
    """Run jobs as often as they ask for until `clock` says that they are not due."""
    for key in keys:
        for _ in range(turns):
            row = Job.objects.get(key=key)
            if row.done_at or row.failed_at or row.run_at > clock.now() + dt.timedelta(minutes=20):
                break
            Job.objects.filter(pk=row.pk).update(run_at=clock.now(), sent_at=None)
            jobs.run(row.pk)


def carried_out(ending: Ending) -> Ending:
    """Let the worker carry out an ending, and read it again."""
    deliver(endings.job_key(ending), turns=10)
    deliver(*Job.objects.filter(key__startswith="revoke:", done_at=None).values_list("key", flat=True))
    deliver(endings.job_key(ending))
    return again(ending)


def again(ending: Ending) -> Ending:
    """Read an ending as it is now."""
    actor = Actor.system(ending.customer_id)
    with tenant(actor):
        found: Ending = Ending.objects.visible_to(actor).get(pk=ending.pk)
    return found


def ledger(cast: Cast) -> list[tuple[str, dt.datetime | None]]:
    """Return who is charged, and until when."""
    with tenant(cast.jonas.actor):
        rows = Activation.objects.visible_to(cast.jonas.actor).select_related("employee")
        return [(row.employee.name, row.deactivated_at) for row in rows.order_by("employee__name", "pk")]


def certificate_of(cast: Cast, setup: Setup) -> Certificate:
    """Return the latest certificate of a setup."""
    with tenant(cast.jonas.actor):
        rows = Certificate.objects.visible_to(cast.jonas.actor).filter(setup=setup)
        found: Certificate = rows.order_by("-pk")[0]
    return found
