"""Rewrap what accounts keep sealed: the secrets of authenticator apps and recovery codes."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction

from myfone.accounts.adapter import UNBOUND, bound_to
from myfone.kernel import secrets

SEALED = ("secret", "seed", "migrated_codes")


@secrets.rewraps("second factors")
def second_factors() -> int:
    """Rewrap the secrets of all authenticators, bound to their owners; passkeys keep none."""
    moved = 0
    with transaction.atomic():
        for row in Authenticator.objects.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN):
            kept = {
                name: _rewrapped(value, bound_to(row.user_id))
                for name, value in row.data.items()
                if name in SEALED
            }
            if any(kept[name] != row.data[name] for name in kept):
                moved += Authenticator.objects.filter(pk=row.pk).update(data=row.data | kept)
    return moved


def _rewrapped(value: object, owner: str) -> object:
    if isinstance(value, list):
        return [_rewrapped(one, owner) for one in value]
    sealed = bytes.fromhex(str(value))
    try:
        secrets.unseal(sealed, bound_to=owner)
    except secrets.CannotOpen:
        return secrets.seal(secrets.unseal(sealed, bound_to=UNBOUND), bound_to=owner).hex()
    return secrets.rewrap(sealed, bound_to=owner).hex()
