"""Read who asks, and open their tenant, in one statement."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.db import connection

from myfone.accounts.models import User

ENTER = """
SELECT u.*, e.role AS entered_role, e.reseller_id AS entered_reseller,
       e.customer_id AS entered_customer, e.employee_id AS entered_employee,
       switch.time_zone_of(e.customer_id) AS entered_zone, switch.country_of(e.customer_id) AS entered_country
FROM accounts_user u LEFT JOIN LATERAL accounts_enter(u.id) e ON true
WHERE u.id = %s AND u.is_active
"""


class EnteringBackend(AuthenticationBackend):
    """Find the user of a session; inside a transaction their tenant is open from then on."""

    def get_user(self, user_id: int) -> User | None:
        if not connection.in_atomic_block:  # a tenant that is opened here would be closed at once
            return super().get_user(user_id)  # type: ignore[no-any-return]
        user = next(iter(User.objects.raw(ENTER, [user_id])), None)
        if user is not None:
            user.entered = True
        return user
