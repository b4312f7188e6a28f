"""Work of telephony that nobody waits for."""

from __future__ import annotations

import smtplib

from django.db import connection

from myfone.accounts.selectors import reader
from myfone.kernel import clock, outbox
from myfone.kernel.gateways import GatewayError
from myfone.kernel.jobs import Again, job
from myfone.kernel.models import Job, OutboxMail
from myfone.kernel.nightly import every_night
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from telephony.models import ContactImport, ImportState, Phone, PublicHoliday
from telephony.rules import skype_password
from telephony.rules.calls import MONTHS_KEPT
from telephony.rules.public_holidays import COUNTRIES
from telephony.selectors.policies import code_days
from telephony.services import cap_alerts, contacts, dialled_forwards, queue_music, schedules, trunks
from telephony.services import skype as services

CALL_MONTHS = "telephony.renew_call_months"
HOLIDAYS = "telephony.renew_holidays"
MONTHS_AHEAD = 2


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
        days = code_days(actor, row.customer_id)
    if phone is None:
        return
    to = reader(phone.employee_id)
    if to is None:
        return
    password = skype_password.generate(phone.username)
    lapses_at = skype_password.lapse(clock.now(), days)
    mail = OutboxMail(
        key=row.key,
        recipient=to.email,
        template="skype_password",
        language=to.language,
        params={
            "name": to.name,
            "address": str(phone),
            "password": password,
            "days": days,
            "lapses_at": lapses_at,
        },
    )
    try:
        outbox.render(mail).send()
    except smtplib.SMTPResponseException as error:
        raise GatewayError(f"{error.smtp_code}", permanent=error.smtp_code >= 500) from error
    except (OSError, smtplib.SMTPException) as error:
        raise GatewayError(type(error).__name__) from error
    with tenant(actor):
        services.take_mailed_password(
            actor=actor, phone=phone, password=password, lapses_at=lapses_at, at=clock.now()
        )


@job("telephony.remind_of_password", atomic=True)
def remind_of_password(row: Job) -> None:
    """Remind of choosing one's own, a day before a mailed password lapses; nothing when that was done."""
    assert row.customer_id is not None
    with tenant(Actor.system(row.customer_id, doing="remind_of_password")) as actor:
        phone = (
            Phone.objects.visible_to(actor)
            .select_related("sip_domain")
            .filter(pk=row.ids["phone"], password_mailed_at=row.ids["mailed_at"], ended_at=None)
            .first()
        )
        to = reader(phone.employee_id) if phone else None
        if phone is None or to is None:
            return
        outbox.send(
            key=row.key,
            to=to.email,
            template="skype_password_lapses",
            language=to.language,
            params={
                "name": to.name,
                "address": str(phone),
                "lapses_at": phone.password_lapses_at.isoformat(),
            },
            customer_id=row.customer_id,
        )


@job(contacts.FORGET, atomic=True)
def forget_contact_import(row: Job) -> None:
    """Drop a file of contacts that nobody confirmed: it holds names that were never taken in."""
    assert row.customer_id is not None
    actor = Actor.system(row.customer_id, doing="forget_contact_import")
    with tenant(actor):
        waiting = ContactImport.objects.visible_to(actor).filter(state=ImportState.PREVIEW)
        waiting.filter(pk=row.ids["batch"]).delete()


@job(cap_alerts.JOB, attempts=1000, longest_wait=60)
def tell_of_limits(row: Job) -> Again | None:
    """Mail once a minute of limits that were reached, until the day is over and the next day's job goes on."""
    at = clock.now()
    cap_alerts.tell(at=at)
    if clock.local_date(at).isoformat() != row.ids["date"]:
        return None
    return Again(at + cap_alerts.PAUSE)


every_night(cap_alerts.JOB, hour=0)


@job(dialled_forwards.JOB, attempts=1000, longest_wait=60)
def tell_of_forwards(row: Job) -> Again | None:
    """Tell once a minute of forwards that were dialled, until the day is over and the next day's job goes on."""
    at = clock.now()
    dialled_forwards.tell(at=at)
    if clock.local_date(at).isoformat() != row.ids["date"]:
        return None
    return Again(at + dialled_forwards.PAUSE)


every_night(dialled_forwards.JOB, hour=0)


@job(CALL_MONTHS, atomic=True)
def renew_call_months(row: Job) -> None:
    """Make room for the calls of the coming months, and drop the months that are too old."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT telephony_call_partitions(%s, %s)", [MONTHS_AHEAD, MONTHS_KEPT])


every_night(CALL_MONTHS, hour=3)


@job(HOLIDAYS, atomic=True)
def renew_holidays(row: Job) -> None:
    """Write down the public holidays of the coming years, for the countries that somebody has asked for."""
    at = clock.now()
    with tenant(Actor.platform(doing="renew_holidays")) as actor:
        for country in PublicHoliday.objects.order_by("country").values_list("country", flat=True).distinct():
            if country in COUNTRIES and schedules.know_holidays(country, at):
                schedules.settle_country(actor, country, at)


every_night(HOLIDAYS, hour=3, minute=20)


@job(queue_music.JOB, attempts=60, longest_wait=60)
def shelve_music(row: Job) -> None:
    """Put queues' music where the media relay finds it."""
    queue_music.shelve()


# A new relay begins with an empty folder.
every_night(queue_music.JOB, hour=4)


@job(trunks.JOB, attempts=60, longest_wait=60)
def carry_trunks(row: Job) -> None:
    """Have the trunks with TLS at the front that calls leave through."""
    trunks.carry()


every_night(trunks.JOB, hour=4)


@job(trunks.WATCH, attempts=1000, longest_wait=60)
def watch_trunks(row: Job) -> Again | None:
    """Look once a minute how trunks with TLS were found, until the day is over and the next day's job goes on."""
    at = clock.now()
    trunks.watch(at=at)
    if clock.local_date(at).isoformat() != row.ids["date"]:
        return None
    return Again(at + trunks.PAUSE)


every_night(trunks.WATCH, hour=0)
