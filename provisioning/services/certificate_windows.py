"""Ask the authority when it wants each certificate renewed (RFC 9773), some at a time."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.db import connection

from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.models import Certificate
from provisioning.services import certificate_steps as steps

JOB = "provisioning.renewal_windows"
BATCH = 50
SOONEST, LATEST = timedelta(hours=1), timedelta(hours=12)


def ask(*, at: datetime) -> bool:
    """Ask for certificates in use whose turn it is; return whether there are more.

    A random moment within the window is kept, and stays while the window holds it. Raises CertificateFault.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT certificate_id, customer_id FROM provisioning_certificate_windows(%s, %s)", [at, BATCH]
        )
        turns = cursor.fetchall()
    for certificate_id, customer_id in turns:
        actor = Actor.system(customer_id, doing="renewal window")
        with tenant(actor):
            certificate = Certificate.objects.visible_to(actor).filter(pk=certificate_id).first()
        if certificate is None:
            continue
        window = steps.renewal_window(certificate)
        if window is None:
            return False
        moment = certificate.renew_at
        if moment is None or not window.start <= moment <= window.end:
            moment = window.start + (window.end - window.start) * random.random()  # noqa: S311 - no secret
        pause = min(max(timedelta(seconds=window.retry_after or 0), SOONEST), LATEST)
        with tenant(actor):
            rows = Certificate.objects.visible_to(actor).filter(pk=certificate_id, ended_at=None)
            rows.update(renew_at=moment, window_next_at=at + pause)
    return len(turns) == BATCH
