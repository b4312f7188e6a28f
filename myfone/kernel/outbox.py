"""Send mail that was promised in a transaction: a row first, the wire later."""

from __future__ import annotations

import smtplib
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template import Context, Engine
from django.utils import translation

from myfone.kernel import clock, home, jobs, rows
from myfone.kernel.gateways import GatewayError
from myfone.kernel.models import Job, OutboxMail
from myfone.kernel.wording import plain

# Params that somebody typed as a name: into these no link may be smuggled.
WRITTEN_BY_PEOPLE = frozenset({"name", "company"})


def send(
    *,
    key: str,
    to: str,
    template: str,
    language: str,
    params: dict[str, Any],
    customer_id: int | None = None,
) -> None:
    """Promise a mail inside the caller's transaction; the same key promises it once.

    Once it is sent the row forgets the params: some are links that open an account.
    template names templates/mail/<name>.subject.txt and .body.txt; params are plain JSON values.
    """
    mail = OutboxMail(
        key=key, recipient=to, template=template, language=language, params=params, customer_id=customer_id
    )
    OutboxMail.objects.bulk_create([mail], ignore_conflicts=True)
    jobs.enqueue("kernel.mail", key=f"mail:{key}", customer_id=customer_id, mail=key)


def render(mail: OutboxMail) -> EmailMessage:
    """Return the message in the reader's language, times by the clock on the wall of the company that it is about.

    A line break in the subject is folded away.
    """
    with translation.override(mail.language), home.at_home_of(mail.customer_id):
        said = {key: plain(value) for key, value in mail.params.items() if key in WRITTEN_BY_PEOPLE}
        context = {**mail.params, **said, "portal_url": settings.PORTAL_URL, "recipient": mail.recipient}
        subject = " ".join(_plain(f"mail/{mail.template}.subject.txt", context).split())
        body = _plain(f"mail/{mail.template}.body.txt", context).strip() + "\n"
    message_id = f"<{mail.message_id}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].strip('>')}>"
    return EmailMessage(subject, body, to=[mail.recipient], headers={"Message-ID": message_id})


def _plain(template: str, context: dict[str, Any]) -> str:
    # Plain text is not HTML: escaped, Blomst & Co would reach its readers as Blomst &amp; Co.
    return Engine.get_default().get_template(template).render(Context(context, autoescape=False))


@jobs.job("kernel.mail", attempts=60)
def deliver(job: Job) -> None:
    """Hand one mail to the SMTP server; 4xx and a silent server are tried again, 5xx is final."""
    customers = [job.customer_id] if job.customer_id else []
    with rows.opened(customers=customers):
        mail = OutboxMail.objects.get(key=job.ids["mail"])
    if mail.sent_at:
        return
    try:
        render(mail).send()
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        fault = f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
        _refused(mail, customers, fault, permanent=code >= 500)
    except smtplib.SMTPResponseException as error:
        fault = f"{error.smtp_code} {error.smtp_error!r}"
        _refused(mail, customers, fault, permanent=error.smtp_code >= 500)
    except (OSError, smtplib.SMTPException) as error:
        _refused(mail, customers, f"{type(error).__name__}: {error}", permanent=False)
    else:
        with rows.opened(customers=customers):
            OutboxMail.objects.filter(pk=mail.pk, sent_at=None).update(
                sent_at=clock.now(), fault="", params={}
            )


def _refused(mail: OutboxMail, customers: list[int], fault: str, *, permanent: bool) -> None:
    with transaction.atomic(), rows.opened(customers=customers):
        OutboxMail.objects.filter(pk=mail.pk).update(
            fault=fault, failed_at=clock.now() if permanent else None
        )
    raise GatewayError(fault, permanent=permanent)
