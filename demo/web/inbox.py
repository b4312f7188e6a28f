"""Show the mails that the mail sink has kept."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

MOST = 200  # mails on the page
NAME = re.compile(r"\d+-[0-9a-f]+\.eml")


@dataclass(frozen=True)
class Mail:
    """One mail as it was sent; `envelope_to` is who it was really handed to."""

    name: str
    sender: str
    envelope_to: str
    subject: str
    at: datetime | None
    text: str


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """List the newest mails."""
    files = sorted(directory().glob("*.eml"), reverse=True)
    context = {"mails": [read(path) for path in files[:MOST]], "count": len(files)}
    return TemplateResponse(request, "demo/inbox.html", context)


@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mail."""
    path = directory() / name
    if not NAME.fullmatch(name) or not path.is_file():
        raise Http404("There is no such mail")
    return TemplateResponse(request, "demo/mail.html", {"mail": read(path)})


def directory() -> Path:
    """Return where the mail sink keeps what it takes."""
    return Path(os.environ.get("DEMO_MAIL_DIRECTORY", "var/mailsink/mail"))


def read(path: Path) -> Mail:
    """Read a stored message (RFC 5322)."""
    message = cast(EmailMessage, BytesParser(policy=policy.default).parsebytes(path.read_bytes()))
    body = message.get_body(preferencelist=("plain", "html"))
    return Mail(
        name=path.name,
        sender=str(message["From"] or ""),
        envelope_to=str(message["X-Envelope-To"] or message["To"] or ""),
        subject=str(message["Subject"] or ""),
        at=_sent_at(message),
        text=str(body.get_content()) if body is not None else "",
    )


def _sent_at(message: EmailMessage) -> datetime | None:
    date = message["Date"]
    if date is None or date.datetime is None:
        return None
    sent: datetime = date.datetime
    # The zone -0000 tells UTC from a sender who keeps its clock to itself (RFC 5322, 3.3).
    return sent if sent.tzinfo else sent.replace(tzinfo=UTC)
