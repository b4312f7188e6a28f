"""A mail server that is down, hangs or refuses costs time, and no mail is lost or sent twice."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email import policy
from email.parser import BytesParser
from pathlib import Path

import psutil
import pytest
from aiosmtpd.controller import Controller
from django.db import transaction

from myfone.kernel import clock, jobs, outbox
from myfone.kernel.models import Job, OutboxMail
from stack import ports
from stack.mailsink import MailSink


@pytest.fixture
def sink(settings, tmp_path: Path) -> Iterator[MailSink]:
    """A real mail server, at first not running."""
    server = MailSink(tmp_path / "sink")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = server.address, server.port, 1
    yield server
    server.stop()


def promise() -> Job:
    with transaction.atomic():
        outbox.send(
            key="test:1",
            to="mette@it-bixen.dk",
            template="password_changed",
            language="da",
            params={"name": "Mette", "url": "", "at": "", "ip": ""},
        )
    return Job.objects.get(key="mail:test:1")


def again(job: Job) -> OutboxMail:
    """Let the job run as if its wait were over, and return the mail."""
    Job.objects.filter(pk=job.pk).update(run_at=clock.now())
    jobs.run(job.pk)
    return OutboxMail.objects.get()


def test_a_mail_waits_for_a_server_that_is_down(db: None, sink: MailSink) -> None:
    job = promise()
    mail = again(job)
    assert mail.sent_at is None
    assert "Connection refused" in mail.fault
    with sink:
        assert again(job).sent_at is not None
        again(job)
        [message] = sink.messages()
    parsed = BytesParser(policy=policy.default).parsebytes(message.read_bytes())
    assert parsed["X-Envelope-To"] == "mette@it-bixen.dk"
    assert parsed["Message-ID"].startswith(f"<{mail.message_id}@")


def test_a_mail_waits_for_a_server_that_hangs(db: None, sink: MailSink) -> None:
    job = promise()
    with sink:
        process = psutil.Process(sink.pid)
        process.suspend()
        try:
            mail = again(job)
            assert mail.sent_at is None
            assert "timed out" in mail.fault
        finally:
            process.resume()
        assert again(job).sent_at is not None
        assert len(sink.messages()) == 1


@pytest.mark.parametrize(("answer", "final"), [("452 Mailbox full", False), ("550 No such mailbox", True)])
def test_what_the_server_answers_decides(
    db: None, sink: MailSink, settings, answer: str, final: bool
) -> None:
    class Refusing:
        async def handle_RCPT(self, server, session, envelope, address, options) -> str:
            return answer

    controller = Controller(Refusing(), hostname=sink.address, port=ports.free_port(sink.address))
    controller.start()
    try:
        settings.EMAIL_PORT = controller.port
        job = promise()
        mail = again(job)
    finally:
        controller.stop()
    assert mail.fault.startswith(answer[:3])
    assert bool(mail.failed_at) is final
    job.refresh_from_db()
    assert bool(job.failed_at) is final


def test_the_sink_answers_like_a_mail_server(sink: MailSink) -> None:
    with sink, smtplib.SMTP(sink.address, sink.port) as wire:
        assert wire.noop()[0] == 250
