"""Rewrap what accounts keep sealed: the secrets of authenticator apps and recovery codes."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction

from myfone.accounts.adapter import SECOND_FACTOR
from myfone.kernel import secrets

SEALED = ("secret", "seed", "migrated_codes")


@secrets.rewraps("second factors")
def second_factors() -> int:
    """Rewrap the secrets of all authenticators; passkeys keep none."""
    moved = 0
    with transaction.atomic():
        for row in Authenticator.objects.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN):
            kept = {name: _rewrapped(value) for name, value in row.data.items() if name in SEALED}
            if any(kept[name] != row.data[name] for name in kept):
                moved += Authenticator.objects.filter(pk=row.pk).update(data=row.data | kept)
    return moved


def _rewrapped(value: object) -> object:
    if isinstance(value, list):
        return [_rewrapped(one) for one in value]
    return secrets.rewrap(bytes.fromhex(str(value)), bound_to=SECOND_FACTOR).hex()
