"""Rewrap what provisioning keeps sealed: private keys of certificates and of the authority's account."""

from __future__ import annotations

from django.db import transaction

from myfone.kernel import secrets
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.models import AcmeAccount, Certificate
from provisioning.services.certificate_steps import account_key_of, key_of


@secrets.rewraps("private keys of certificates")
def certificate_keys() -> int:
    """Rewrap the keys of all customers' certificates."""
    actor, moved = Actor.platform(doing="rewrap"), 0
    with tenant(actor):
        rows = Certificate.objects.visible_to(actor).exclude(key_encrypted=None)
        for row in rows.only("public_id", "key_encrypted").select_for_update(of=("self",)).iterator():
            sealed = bytes(row.key_encrypted)
            wrapped = secrets.rewrap(sealed, bound_to=key_of(row))
            if wrapped != sealed:
                moved += Certificate.objects.visible_to(actor).filter(pk=row.pk).update(key_encrypted=wrapped)
    return moved


@secrets.rewraps("account keys at certificate authorities")
def account_keys() -> int:
    """Rewrap the keys of our accounts."""
    moved = 0
    with transaction.atomic():
        for row in AcmeAccount.objects.select_for_update():
            sealed = bytes(row.key_encrypted)
            wrapped = secrets.rewrap(sealed, bound_to=account_key_of(row.directory_url))
            if wrapped != sealed:
                moved += AcmeAccount.objects.filter(pk=row.pk).update(key_encrypted=wrapped)
    return moved
