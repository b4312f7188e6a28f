"""The mail sink keeps what is sent to it, whole and readable."""

import smtplib
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from stack.mailsink import MailSink


def test_a_sent_mail_becomes_a_file(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@myfone.test", "søren@it-bixen.dk", "DNS er på plads"
    mail.set_content("Hej Søren\n.\nÆblegrød\n")
    with MailSink(tmp_path) as sink:
        with smtplib.SMTP(sink.address, sink.port) as client:
            client.send_message(mail, to_addrs=["søren@it-bixen.dk"], mail_options=["SMTPUTF8"])
        [file] = sink.messages()
    kept = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
    assert kept["Subject"] == "DNS er på plads"
    assert kept["X-Envelope-From"] == "a@myfone.test"
    assert kept.get_content().splitlines()[:3] == ["Hej Søren", ".", "Æblegrød"]


def test_what_was_kept_is_there_after_a_restart(tmp_path: Path) -> None:
    sink = MailSink(tmp_path)
    for number in range(2):
        with sink, smtplib.SMTP(sink.address, sink.port) as client:
            client.sendmail("a@b.test", ["c@d.test"], f"Subject: {number}\r\n\r\nText\r\n")
    assert [b"Subject: 0" in sink.messages()[0].read_bytes(), len(sink.messages())] == [True, 2]
