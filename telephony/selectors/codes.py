"""Read which codes a customer has, as the switch goes by them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from telephony.models import CodeAction


@dataclass(frozen=True)
class Code:
    """One code: what it does, what is dialled, and what the provider has; is_own says that the customer changed it."""

    action: str
    digits: str
    is_enabled: bool
    is_own: bool
    standard_digits: str
    standard_is_enabled: bool

    @property
    def label(self) -> str:
        return str(CodeAction(self.action).label)

    @property
    def takes(self) -> str:
        """Name what is dialled after the star, empty for nothing."""
        return {
            "queue_in": "queue", "queue_out": "queue", "queue_toggle": "queue", "profile": "profile",
            "forward": "number", "pickup": "local",
        }.get(self.action, "")  # fmt: skip


def codes(customer_id: int) -> list[Code]:
    """Return all codes of a customer in the order of the list, those that are switched off too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT action, digits, is_enabled, is_own, standard_digits, standard_is_enabled"
            " FROM switch.customer_codes(%s)",
            [customer_id],
        )
        return [Code(*row) for row in cursor.fetchall()]


def version(found: Iterable[Code]) -> str:
    """Return what tells one state of a company's codes from another."""
    told = ";".join(f"{code.action} {code.digits} {code.is_enabled}" for code in found)
    return hashlib.sha256(told.encode()).hexdigest()[:16]
