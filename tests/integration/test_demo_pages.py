"""The demo's own pages say what is real, let people in, and show the mail that was sent."""

import datetime as dt
import json
from email.message import EmailMessage
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.test import Client

from demo.people import CALLED, PASSWORD, SIGN_INS
from demo.seed import seed, totp_secret
from demo.web.start import code, valid_until
from myfone.accounts.models import User
from myfone.kernel import clock
from myfone.tenancy.actor import STAFF
from stack.machine import FAILED, LIVE, MISSING, STAND_IN, Part

STAFF_PERSON = next(person for person in SIGN_INS if person.role in STAFF)
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


@pytest.fixture
def parts() -> Path:
    """What script/server writes down, with one of each state."""
    path = settings.ENVIRONMENT.var_directory / "parts.json"
    rows = [
        Part("Kamailio", LIVE, "127.1.2.3:5060"),
        Part("ACME gateway", STAND_IN),
        Part("Pebble", MISSING, note="not installed"),
        Part("rtpengine", FAILED),
        Part("Public network", STAND_IN),
    ]
    path.write_text(json.dumps([row.__dict__ for row in rows]))
    return path


@pytest.mark.django_db
def test_the_start_page_tells_what_is_real_and_who_may_sign_in(parts: Path) -> None:
    page = Client().get("/demo/", **ENGLISH).content.decode()
    for word in (
        "Real",
        "Stand-in",
        "Missing",
        "Did not start",
        "127.1.2.3:5060",
        PASSWORD,
        STAFF_PERSON.email,
    ):
        assert word in page
    # Whom the first call rings has to sign in.
    assert page.count(CALLED) > 1
    danish = Client().get("/demo/", HTTP_ACCEPT_LANGUAGE="da").content.decode()
    assert "Offentligt net" in danish
    assert "Public network" not in danish


@pytest.mark.django_db
def test_without_script_server_the_page_says_that_nobody_counted() -> None:
    (settings.ENVIRONMENT.var_directory / "parts.json").unlink(missing_ok=True)
    page = Client().get("/demo/", **ENGLISH).content.decode()
    assert "was not started by script/server" in page


@pytest.mark.django_db
def test_the_codes_on_the_page_pass_the_second_step() -> None:
    seed()
    user = User.objects.get(email=STAFF_PERSON.email)
    row = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    assert TOTP(row).validate_code(code(totp_secret(user.email), clock.now()))


def test_codes_agree_with_rfc_6238_and_change_every_half_minute() -> None:
    # RFC 6238, appendix B: the secret "12345678901234567890" at 59 s gives 94287082, of which six digits are shown.
    at = dt.datetime.fromtimestamp(59, tz=dt.UTC)
    assert code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", at) == "287082"
    assert valid_until(at).timestamp() == 60


@pytest.mark.django_db
def test_tonights_job_says_when_there_is_nothing_to_do() -> None:
    page = Client().post("/demo/night/", follow=True, **ENGLISH)
    assert "There is no domain whose DNS is approved" in page.content.decode()
    assert Client().get("/demo/night/").status_code == 405


@pytest.mark.django_db
def test_the_inbox_shows_mails_the_newest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_MAIL_DIRECTORY", str(tmp_path))
    assert "No mail yet" in Client().get("/demo/inbox/", **ENGLISH).content.decode()
    for number in (1, 2):
        mail = EmailMessage()
        mail["From"], mail["To"] = "myfone@flexskype.dk", "anders@it-bixen.dk"
        mail["Subject"] = f"Måling {number}"
        mail["X-Envelope-To"] = "anders@it-bixen.dk"
        mail["Date"] = "Sat, 21 Nov 2026 22:52:00 -0000" if number == 1 else "Sat, 21 Nov 2026 23:10:00 +0000"
        mail.set_content("Se https://myfone.test/x <b>her</b>")
        (tmp_path / f"{number}-ab.eml").write_bytes(bytes(mail))
    listed = Client().get("/demo/inbox/").content.decode()
    assert listed.index("Måling 2") < listed.index("Måling 1")
    shown = Client().get("/demo/inbox/2-ab.eml/").content.decode()
    assert 'href="https://myfone.test/x"' in shown
    assert "&lt;b&gt;her&lt;/b&gt;" in shown
    # Danish winter time is an hour ahead of UTC.
    assert "22.11.2026 00:10" in listed
    assert "21.11.2026 23:52" in listed


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["3-ab.eml", "..%2Fenvironment", "environment", "1-ab.eml%00"])
def test_only_mails_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("DEMO_MAIL_DIRECTORY", str(tmp_path / "mail"))
    (tmp_path / "environment").write_text("SECRET_KEY=x")
    assert Client().get(f"/demo/inbox/{name}/").status_code == 404
