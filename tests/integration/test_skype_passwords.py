"""Forgotten passwords (G19): mailed, in force at once, reminded of, lapsed; and the mails about every change."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.core import mail
from django.db import connections
from django.utils import timezone

from myfone.kernel import clock, jobs
from myfone.kernel.models import Job, OutboxMail
from myfone.kernel.outbox import render
from myfone.tenancy.actor import NotAllowed
from myfone.tenancy.context import tenant
from telephony.models import Phone, SipDomain
from telephony.rules.skype_account import ha1
from telephony.rules.skype_password import failures
from telephony.selectors.phones import skype_phone
from telephony.selectors.policies import code_days
from telephony.services import policies
from telephony.services import skype as services
from tests.cast import Cast, signed_in

PASSWORD = "Gul-Kanin-47"
NEW = "Anden-Kanin-48"
PAGE = "/settings/skype-for-business/"


@pytest.fixture
def phone(live_cast: Cast) -> Phone:
    mette = live_cast.mette
    mette.user.language = "en"
    mette.user.save()
    assert mette.employee is not None
    with tenant(mette.actor):
        domain = SipDomain(customer=live_cast.bixen, name="it-bixen.dk")
        domain.save()
        return services.create_skype_phone(
            actor=mette.actor,
            employee=mette.employee,
            sip_domain=domain,
            username="mette",
            password=PASSWORD,
            at=clock.now(),
        )


def forget(cast: Cast, phone: Phone) -> str:
    """Have a new password mailed; return it."""
    mail.outbox.clear()
    with tenant(cast.mette.actor):
        services.reset_password(actor=cast.mette.actor, phone=phone)
    jobs.run(Job.objects.filter(kind="telephony.mail_password").latest("pk").pk)
    (message,) = mail.outbox
    found = re.search(r"Password:\s+(\S+)", message.body)
    assert found
    return found[1]


def signs_in(phone: Phone, password: str) -> tuple[bool, int]:
    """Whether the switch would find the password right, and whether it has lapsed."""
    hexed = [text.encode().hex() for text in ("mette", "it-bixen.dk", "mette")]
    with connections["migrator"].cursor() as cursor:
        cursor.execute("SELECT ha1, lapsed FROM switch.sign_in(%s, %s, %s)", hexed)
        digest, lapsed = cursor.fetchone()
    return digest == ha1("mette", "it-bixen.dk", password), lapsed


def read(cast: Cast, phone: Phone) -> Phone:
    with tenant(cast.mette.actor):
        found = skype_phone(cast.mette.actor, phone.employee_id)
    assert found is not None
    return found


def test_a_forgotten_password_is_mailed_works_at_once_and_lies_in_no_row(
    live_cast: Cast, phone: Phone
) -> None:
    password = forget(live_cast, phone)
    assert failures(password, username="mette") == ()
    assert any(not letter.isalnum() for letter in password)
    assert signs_in(phone, password) == (True, 0)
    (message,) = mail.outbox
    assert message.to == ["mette@it-bixen.dk"]
    assert "The new one works for 7 days, until" in message.body
    for table in ("kernel_job", "kernel_outboxmail", "kernel_auditentry", "telephony_phone"):
        with connections["migrator"].cursor() as cursor:
            cursor.execute(f"SELECT string_agg({table}::text, ' ') FROM {table}")
            assert password not in (cursor.fetchone()[0] or "")


def test_it_goes_to_the_address_that_the_person_signs_in_with(live_cast: Cast, phone: Phone) -> None:
    assert live_cast.mette.employee is not None
    with tenant(live_cast.sara.actor):
        live_cast.mette.employee.email = "thief@example.org"
        live_cast.mette.employee.save()
    forget(live_cast, phone)
    assert mail.outbox[0].to == ["mette@it-bixen.dk"]


@pytest.mark.parametrize(("days", "words"), [(1, "works for 1 day, until"), (None, "works until you choose")])
def test_its_life_is_the_customers_choice_and_said_in_the_mail(
    live_cast: Cast, phone: Phone, days: int | None, words: str
) -> None:
    with tenant(live_cast.sara.actor):
        policies.set_code_days(actor=live_cast.sara.actor, customer_id=live_cast.bixen.pk, days=days)
    at = clock.now()
    forget(live_cast, phone)
    assert words in mail.outbox[0].body
    lapses_at = read(live_cast, phone).password_lapses_at
    if days is None:
        assert lapses_at is None
    else:
        assert abs(lapses_at - at - dt.timedelta(days=days)) < dt.timedelta(seconds=30)
    assert Job.objects.filter(kind="telephony.remind_of_password").count() == 0


def test_a_lapsed_password_is_refused_and_the_page_says_what_to_do(live_cast: Cast, phone: Phone) -> None:
    password = forget(live_cast, phone)
    browser = signed_in(live_cast.mette)
    browser.cookies["language"] = "en"
    assert "You use one that we mailed. It works until" in browser.get(PAGE).content.decode()
    assert "Choose your own password" in browser.get("/").content.decode()
    before = clock.now() - dt.timedelta(minutes=1)
    with tenant(live_cast.mette.actor):
        services.take_mailed_password(
            actor=live_cast.mette.actor, phone=phone, password=password, lapses_at=before, at=clock.now()
        )
    assert signs_in(phone, password) == (True, 1)
    page = browser.get(PAGE).content.decode()
    assert "Your client cannot sign in until you choose one of your own." in page
    browser.post(PAGE + "password/", {"password": NEW, "repeat": NEW})
    assert signs_in(phone, NEW) == (True, 0)
    assert "that we mailed" not in browser.get(PAGE).content.decode()


def test_a_reminder_comes_a_day_before_unless_one_has_chosen(live_cast: Cast, phone: Phone) -> None:
    forget(live_cast, phone)
    reminder = Job.objects.get(kind="telephony.remind_of_password")
    lapses_at = read(live_cast, phone).password_lapses_at
    assert reminder.run_at == lapses_at - dt.timedelta(days=1)
    due(reminder)
    (told,) = mails(live_cast, "skype_password_lapses")
    assert told.recipient == "mette@it-bixen.dk"
    assert f"It works until {timezone.localtime(lapses_at).day} " in rendered(told)

    forget(live_cast, phone)
    with tenant(live_cast.mette.actor):
        services.change_password(actor=live_cast.mette.actor, phone=phone, password=NEW, at=clock.now())
    due(Job.objects.filter(kind="telephony.remind_of_password", done_at=None).get())
    assert len(mails(live_cast, "skype_password_lapses")) == 1


def due(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(run_at=clock.now())
    jobs.run(job.pk)


def mails(cast: Cast, template: str) -> list[OutboxMail]:
    with tenant(cast.mette.actor):
        return list(OutboxMail.objects.filter(template=template))


def rendered(told: OutboxMail) -> str:
    return str(render(told).body)


def test_every_change_is_told_by_mail_and_never_with_the_password(live_cast: Cast, phone: Phone) -> None:
    actor = live_cast.mette.actor
    with tenant(actor):
        services.change_password(actor=actor, phone=phone, password=NEW, at=clock.now())
        services.disconnect(actor=actor, phone=phone, at=clock.now())
        services.disconnect(actor=actor, phone=phone, at=clock.now())
    for template in ("skype_connected", "skype_password_changed", "skype_disconnected"):
        (told,) = mails(live_cast, template)
        body = rendered(told)
        assert told.recipient == "mette@it-bixen.dk"
        assert "mette@it-bixen.dk" in body
        assert "Was it not you?" in body
        assert PASSWORD not in body
        assert NEW not in body


def test_the_policy_is_the_administrators(live_cast: Cast) -> None:
    with tenant(live_cast.stig.actor):
        assert code_days(live_cast.stig.actor, live_cast.bixen.pk) == 7
    for days in (0, 31):
        with pytest.raises(policies.PolicyRefused), tenant(live_cast.sara.actor):
            policies.set_code_days(actor=live_cast.sara.actor, customer_id=live_cast.bixen.pk, days=days)
    with pytest.raises(NotAllowed), tenant(live_cast.mette.actor):
        policies.set_code_days(actor=live_cast.mette.actor, customer_id=live_cast.bixen.pk, days=3)
    with tenant(live_cast.sara.actor):
        for days in (3, None, 30, 30):
            policies.set_code_days(actor=live_cast.sara.actor, customer_id=live_cast.bixen.pk, days=days)
            assert code_days(live_cast.sara.actor, live_cast.bixen.pk) == days
