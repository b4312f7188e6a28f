"""Tell people of certificates that stop or run late, before anybody's client notices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from myfone.accounts.selectors import people_behind
from myfone.kernel import clock, outbox
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.models import Certificate, Setup
from provisioning.rules.certificate_plan import Candidate, mark


def stopped(*, actor: Actor, certificate: Certificate, fault: Mapping[str, Any]) -> None:
    """Promise a mail to the reseller's staff: what stopped the certificate, what to do, when we try again.

    Within the caller's transaction. One mail for each kind of fault, however many nights it lasts.
    """
    setup = certificate.setup
    for person in people_behind(actor=actor, customer_id=certificate.customer_id, administrators=False):
        outbox.send(
            key=f"certificate-stopped:{certificate.public_id}:{fault['code']}:{person.user_id}",
            to=person.email,
            template="certificate_stopped",
            language=person.language,
            params={
                "name": person.name,
                "domain": setup.domain,
                "setup": str(setup.public_id),
                "fault": dict(fault),
                "live": setup.live_at is not None,
            },
            customer_id=certificate.customer_id,
        )


def late(*, candidates: Iterable[Candidate], at: datetime) -> int:
    """Promise mails for certificates with a third, a sixth or a twelfth of their life left, once each.

    To the reseller's staff and to the platform's own address. Return how many certificates are late.
    """
    count = 0
    for candidate in candidates:
        part = mark(candidate, at)
        if part is None or candidate.not_after is None:
            continue
        count += 1
        actor = Actor.system(candidate.customer_id, doing="alert")
        with tenant(actor):
            setup = Setup.objects.visible_to(actor).filter(pk=candidate.setup_id, ended_at=None).first()
            if setup is not None:
                _tell(actor, setup, candidate.not_after, part, at)
    return count


def _tell(actor: Actor, setup: Setup, not_after: datetime, part: int, at: datetime) -> None:
    fault = (
        Certificate.objects.visible_to(actor)
        .filter(setup=setup, ended_at=None)
        .order_by("-pk")
        .values_list("fault", flat=True)
        .first()
    )
    people = people_behind(actor=actor, customer_id=setup.customer_id, administrators=False)
    readers = [(one.name, one.email, one.language) for one in people]
    readers.append(("Myfone", settings.ENVIRONMENT.acme_contact, settings.LANGUAGE_CODE))
    for name, email, language in readers:
        outbox.send(
            key=f"certificate-late:{setup.public_id}:{clock.local_date(not_after)}:{part}:{email}",
            to=email,
            template="certificate_late",
            language=language,
            params={
                "name": name,
                "domain": setup.domain,
                "setup": str(setup.public_id),
                "days": max(0, (not_after - at).days),
                "until": clock.local_date(not_after).isoformat(),
                "fault": fault,
            },
            customer_id=setup.customer_id,
        )
