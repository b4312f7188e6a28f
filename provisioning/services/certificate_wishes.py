"""Do what people wish for a certificate: another kind of key, a new one at once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from myfone.kernel import audit
from myfone.kernel.ratelimit import Limit, attempt
from myfone.tenancy.actor import Actor
from provisioning.models import Certificate, KeyChoice, Setup
from provisioning.rules.certificate_plan import TRIES_AN_HOUR
from provisioning.selectors.certificates import held
from provisioning.services import certificates

# Five failed proofs in an hour make the authority refuse; the night has one of its own.
TRIES = Limit("certificate-now", amount=TRIES_AN_HOUR, seconds=3600)


class NotNow(Exception):
    """Say why a certificate is not made at once, and when it may be."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@transaction.atomic
def choose_key(*, actor: Actor, setup: Setup, kind: KeyChoice, at: datetime) -> bool:
    """Have the next certificate made with this kind of key; return whether it is another than before."""
    rows = Setup.objects.visible_to(actor).filter(pk=setup.pk, ended_at=None).exclude(key_kind=kind)
    if not rows.update(key_kind=kind):
        return False
    audit.record(actor=actor, action="certificate.key_chosen", object=setup, kind=kind.value)
    return True


@transaction.atomic
def issue_now(*, actor: Actor, setup: Setup, at: datetime) -> Certificate:
    """Make a certificate at once: the first, one that was stopped, or a new one in place of the one in use.

    Raises NotNow. What is asked again while one is being made brings that one forward.
    """
    if setup.ended_at is not None or setup.dns_verified_at is None:
        raise NotNow(_("The DNS records come first: see the DNS page."))
    if held(actor=actor, setup=setup, at=at).left_this_week == 0:
        raise NotNow(
            _(
                "The authority makes five equal certificates a week at most, and two are kept for renewal."
                " Try again in some days."
            )
        )
    tried = attempt(TRIES, str(setup.public_id))
    if not tried.allowed:
        minutes = max(1, tried.retry_after // 60)
        raise NotNow(
            _("Three attempts an hour are allowed, for the authority counts failures. Next in %(n)d minutes.")
            % {"n": minutes}
        )
    certificate = certificates.plan(actor=actor, setup=setup, at=at)
    audit.record(actor=actor, action="certificate.wished", object=certificate)
    return certificate
