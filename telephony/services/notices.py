"""Tell people by mail what was done to their Skype account; a password is never in it."""

from __future__ import annotations

import datetime as dt

from myfone.accounts.selectors import reader
from myfone.kernel import outbox
from telephony.models import Phone


def tell(phone: Phone, template: str, *, at: dt.datetime) -> None:
    """Promise the mail in the caller's transaction, to the address that the employee signs in with."""
    to = reader(phone.employee_id)
    if to is None:
        return
    outbox.send(
        key=f"{template}:{phone.public_id}:{at.isoformat()}",
        to=to.email,
        template=template,
        language=to.language,
        params={"name": to.name, "address": str(phone), "at": at.isoformat()},
        customer_id=phone.customer_id,
    )
