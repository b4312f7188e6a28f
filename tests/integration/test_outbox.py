"""A promised mail survives a mail server that is down, and is sent once."""

from __future__ import annotations

import smtplib

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import transaction

from myfone.kernel import clock, jobs, outbox, rows
from myfone.kernel.models import Job, OutboxMail
from myfone.tenancy.scoping import unscoped
from tests.cast import Cast


@pytest.fixture(autouse=True)
def words(settings, tmp_path) -> None:
    """A mail template of the tests' own."""
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "greeting.subject.txt").write_text("Hello {{ name }}")
    (folder / "greeting.body.txt").write_text("Dear {{ name }},\n\nwelcome.\n")
    templates = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    settings.TEMPLATES = templates


def promise(name: str = "Mette", customer_id: int | None = None) -> Job:
    with transaction.atomic():
        outbox.send(
            key="greeting:1",
            to="mette@it-bixen.dk",
            template="greeting",
            language="da",
            params={"name": name},
            customer_id=customer_id,
        )
    return Job.objects.get(key="mail:greeting:1")


def test_a_mail_promised_twice_is_sent_once(db: None) -> None:
    jobs.run(promise().pk)
    jobs.run(promise().pk)
    assert [message.subject for message in mail.outbox] == ["Hello Mette"]
    row = OutboxMail.objects.get()
    assert row.sent_at is not None
    assert row.params == {}, "a sent mail keeps no link that opens an account"
    assert mail.outbox[0].extra_headers["Message-ID"] == f"<{row.message_id}@flexskype.dk>"


def test_a_mail_is_plain_text_and_keeps_every_sign_of_a_name(db: None) -> None:
    jobs.run(promise('Blomst & Søn <"O\'Hara">').pk)
    assert mail.outbox[0].subject == 'Hello Blomst & Søn <"O\'Hara">'
    assert 'Dear Blomst & Søn <"O\'Hara">,' in mail.outbox[0].body


def test_a_name_cannot_add_a_header(db: None) -> None:
    jobs.run(promise("Mette\r\nBcc: everybody@it-bixen.dk").pk)
    message = mail.outbox[0]
    assert message.subject == "Hello Mette everybody it-bixen. dk"
    assert message.recipients() == ["mette@it-bixen.dk"]


@pytest.mark.parametrize(
    ("error", "final"),
    [
        (ConnectionRefusedError("nobody listens"), False),
        (TimeoutError("silent"), False),
        (smtplib.SMTPRecipientsRefused({"x": (452, b"try later")}), False),
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no such mailbox")}), True),
        (smtplib.SMTPServerDisconnected("gone"), False),
    ],
)
def test_a_mail_that_cannot_be_sent_is_kept(
    db: None, monkeypatch: pytest.MonkeyPatch, error: Exception, final: bool
) -> None:
    def fail(self: EmailMessage) -> None:
        raise error

    job = promise()
    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", fail)
        jobs.run(job.pk)
    row = OutboxMail.objects.get()
    assert row.sent_at is None
    assert row.fault
    assert bool(row.failed_at) is final
    job.refresh_from_db()
    assert bool(job.failed_at) is final
    if not final:
        Job.objects.filter(pk=job.pk).update(run_at=clock.now())
        jobs.run(job.pk)
        assert len(mail.outbox) == 1
        row.refresh_from_db()
        assert (row.fault, row.sent_at is not None) == ("", True)


def test_a_customers_mail_is_seen_by_that_customer_alone(cast: Cast) -> None:
    with rows.opened(customers=[cast.bixen.pk]):
        job = promise(customer_id=cast.bixen.pk)
        assert OutboxMail.objects.count() == 1
    with rows.opened(customers=[cast.fremmed.pk]), unscoped("the second net is under test"):
        assert OutboxMail.objects.count() == 0
    jobs.run(job.pk)
    assert len(mail.outbox) == 1
