"""Read which codes a customer has, as the switch goes by them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from telephony.models import CodeAction


@dataclass(frozen=True)
class Code:
    """One code: what it does, what is dialled, and whether it differs from the provider's."""

    action: str
    digits: str
    is_enabled: bool
    is_own: bool

    @property
    def label(self) -> str:
        return str(CodeAction(self.action).label)

    @property
    def takes(self) -> str:
        """Name what is dialled after the star, empty for nothing."""
        return {
            "queue_in": "queue", "queue_out": "queue", "queue_toggle": "queue", "profile": "profile",
            "forward": "number", "pickup": "number",
        }.get(self.action, "")  # fmt: skip


def codes(customer_id: int) -> list[Code]:
    """Return all codes of a customer in the order of the list, those that are switched off too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT action, digits, is_enabled, is_own FROM switch.customer_codes(%s)", [customer_id]
        )
        return [Code(*row) for row in cursor.fetchall()]
