"""Work of telephony that nobody waits for."""

from __future__ import annotations

import smtplib

from myfone.kernel import clock, outbox
from myfone.kernel.gateways import GatewayError
from myfone.kernel.jobs import job
from myfone.kernel.models import Job, OutboxMail
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from telephony.models import Phone
from telephony.rules import skype_password
from telephony.services import skype as services


@job("telephony.mail_password", attempts=12)
def mail_password(row: Job) -> None:
    """Mail a new password, and put it in force once the mail server has taken it.

    Delivered twice, it mails twice, and the later password holds: it never lies in a row, so it cannot be sent again.
    """
    assert row.customer_id is not None
    actor = Actor.system(row.customer_id, doing="mail_password")
    with tenant(actor):
        phone = (
            Phone.objects.visible_to(actor)
            .select_related("sip_domain", "employee")
            .filter(pk=row.ids["phone"], ended_at=None)
            .first()
        )
    if phone is None:
        return
    password = skype_password.generate(phone.username)
    mail = OutboxMail(
        key=row.key,
        recipient=phone.employee.email,
        template="skype_password",
        language=row.ids["language"],
        params={"name": phone.employee.name, "address": str(phone), "password": password},
    )
    try:
        outbox.render(mail).send()
    except smtplib.SMTPResponseException as error:
        raise GatewayError(f"{error.smtp_code}", permanent=error.smtp_code >= 500) from error
    except (OSError, smtplib.SMTPException) as error:
        raise GatewayError(type(error).__name__) from error
    with tenant(actor):
        services.change_password(actor=actor, phone=phone, password=password, at=clock.now())
