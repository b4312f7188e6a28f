"""Read who somebody is."""

from __future__ import annotations

from myfone.accounts.models import User
from myfone.tenancy.actor import Actor


def name_of(actor: Actor) -> str:
    """Return the actor's name as people know it; work that no person waits for is the platform's."""
    if actor.user_id is None:
        return "Myfone"
    return User.objects.only("name", "email").get(pk=actor.user_id).name
