"""Signing in: by e-mail, counted, enumeration-safe, and with a second factor for staff."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from myfone.accounts import limits, sessions
from myfone.accounts.passwords import LengthByFactors, NotFromContext
from myfone.kernel import secrets
from myfone.kernel.models import OutboxMail
from myfone.kernel.ratelimit import Limit, attempt, forgive
from tests.cast import PASSWORD, Cast, Person

LOGIN, RESET = "/account/login/", "/account/password/reset/"
pytestmark = pytest.mark.usefixtures("no_counts")


@pytest.fixture
def no_counts(live_db: None) -> None:
    """Counting commits on its own connection: start from an empty table, and leave one behind."""


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def give_totp(person: Person) -> str:
    secret = generate_totp_secret()
    TOTP.activate(person.user, secret)
    return secret


def sign_in(client: Client, person: Person, password: str = PASSWORD) -> HttpResponse:
    return client.post(LOGIN, {"login": person.user.email, "password": password})


def test_an_employee_signs_in_whatever_the_case_of_the_address(live_cast: Cast, client: Client) -> None:
    answer = client.post(LOGIN, {"login": live_cast.mette.user.email.upper(), "password": PASSWORD})

    assert answer.status_code == 302
    assert answer["Location"] == "/"
    assert client.get("/").status_code == 200


def test_sign_in_carries_language_and_theme_to_the_browser(live_cast: Cast, client: Client) -> None:
    user = live_cast.mette.user
    user.language, user.theme = "sv", "dark"
    user.save()

    sign_in(client, live_cast.mette)

    page = client.get("/").content.decode()
    assert '<html lang="sv" data-theme="dark">' in page


def test_a_language_that_we_do_not_speak_is_not_kept(live_cast: Cast, client: Client) -> None:
    sign_in(client, live_cast.mette)

    # Django knows it, and its code is longer than the column.
    answer = client.post("/language/", {"language": "zh-hans"})

    assert answer.status_code == 302
    live_cast.mette.user.refresh_from_db()
    assert live_cast.mette.user.language == "da"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(live_cast: Cast, client: Client) -> None:
    wrong = sign_in(client, live_cast.mette, "not this one at all").content.decode()
    unknown = client.post(LOGIN, {"login": "nobody@it-bixen.dk", "password": "x"}).content.decode()

    def said(page: str) -> str:
        return re.search(r'class="errorlist[^>]*>(.*?)</ul>', page, re.DOTALL)[1]  # type: ignore[index]

    assert said(wrong) == said(unknown)


def test_the_sixth_wrong_password_from_one_place_is_not_tried(live_cast: Cast, client: Client) -> None:
    for _ in range(limits.SIGN_IN_HERE.amount):
        sign_in(client, live_cast.mette, "not this one at all")

    answer = sign_in(client, live_cast.mette)

    assert answer.status_code == 200
    assert "Prøv igen om" in answer.content.decode()


def test_somebody_else_guessing_does_not_lock_the_owner_out(live_cast: Cast, client: Client) -> None:
    for _ in range(limits.SIGN_IN_HERE.amount + 3):
        client.post(
            LOGIN, {"login": live_cast.mette.user.email, "password": "guess"}, REMOTE_ADDR="198.51.100.7"
        )

    assert sign_in(client, live_cast.mette).status_code == 302


def test_attempts_are_counted_by_the_address_that_the_front_saw(live_cast: Cast, settings: object) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1  # type: ignore[attr-defined]
    # What a client writes into the header itself stands before what our front adds.
    guesser = Client(headers={"X-Forwarded-For": "198.51.100.9, 203.0.113.7"})
    for _ in range(limits.SIGN_IN_HERE.amount + 1):
        sign_in(guesser, live_cast.mette, "guess")

    assert "Prøv igen om" in sign_in(guesser, live_cast.mette).content.decode()
    assert sign_in(Client(headers={"X-Forwarded-For": "198.51.100.9"}), live_cast.mette).status_code == 302


def test_honest_sign_ins_are_not_counted(live_cast: Cast) -> None:
    for _ in range(limits.SIGN_IN_HERE.amount + 2):
        assert sign_in(Client(), live_cast.mette).status_code == 302


def test_reset_answers_the_same_for_known_unknown_and_too_often(live_cast: Cast) -> None:
    asked = [live_cast.mette.user.email] * (limits.RESET_ACCOUNT.amount + 2) + ["nobody@it-bixen.dk"]

    answers = [Client().post(RESET, {"email": email}) for email in asked]

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, RESET + "done/")}
    sent = OutboxMail.objects.filter(template="password_reset")
    assert sent.count() == limits.RESET_ACCOUNT.amount
    assert {mail.recipient for mail in sent} == {live_cast.mette.user.email}


def test_the_link_leads_to_the_portal_whatever_host_the_request_named(live_cast: Cast, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    Client().post(RESET, {"email": live_cast.mette.user.email}, headers={"Host": "evil.example"})

    link = OutboxMail.objects.get(template="password_reset").params["url"]

    assert link.startswith(f"{settings.PORTAL_URL}/account/password/reset/key/")


def test_a_network_of_one_customer_counts_as_one_address(live_cast: Cast) -> None:
    # Whoever has one IPv6 address has 2⁶⁴ of them.
    for number in range(limits.SIGN_IN_HERE.amount):
        Client(REMOTE_ADDR=f"2001:db8:1:2::{number:x}").post(
            LOGIN, {"login": live_cast.mette.user.email, "password": "guess"}
        )

    same = sign_in(Client(REMOTE_ADDR="2001:db8:1:2:ffff::1"), live_cast.mette)
    other = sign_in(Client(REMOTE_ADDR="2001:db8:1:3::1"), live_cast.mette)

    assert "Prøv igen om" in same.content.decode()
    assert other.status_code == 302


def test_one_address_cannot_ask_for_everybody(live_cast: Cast) -> None:
    for number in range(limits.RESET_ADDRESS.amount):
        Client().post(RESET, {"email": f"nobody{number}@it-bixen.dk"})

    answer = Client().post(RESET, {"email": live_cast.mette.user.email})

    assert answer["Location"] == RESET + "done/"
    assert not OutboxMail.objects.filter(template="password_reset").exists()


def test_the_old_password_cannot_be_guessed(live_cast: Cast, client: Client) -> None:
    sign_in(client, live_cast.mette)
    new = "four words nobody guesses"
    asked = {"password1": new, "password2": new}
    for _ in range(limits.SECOND_FACTOR.amount):
        client.post(reverse("account_change_password"), asked | {"oldpassword": "guess"})

    answer = client.post(reverse("account_change_password"), asked | {"oldpassword": PASSWORD})

    assert "Prøv igen om" in answer.content.decode()


def test_a_reset_link_sets_a_password_once(live_cast: Cast, client: Client) -> None:
    client.post(RESET, {"email": live_cast.mette.user.email})
    link = OutboxMail.objects.get(template="password_reset").params["url"]
    new = "four words nobody guesses"

    form = client.get(link, follow=True)
    done = client.post(form.request["PATH_INFO"], {"password1": new, "password2": new})

    assert done.status_code == 302
    assert sign_in(Client(), live_cast.mette, new).status_code == 302
    assert "Linket virker ikke" in Client().get(link, follow=True).content.decode()


def test_nobody_signs_up_by_themselves(live_cast: Cast, client: Client) -> None:
    page = client.get(reverse("account_signup"))
    posted = client.post(
        reverse("account_signup"), {"email": "new@it-bixen.dk", "password1": "four words nobody guesses"}
    )

    assert "Konti oprettes af din virksomhed" in page.content.decode()
    assert posted.status_code == 200
    assert not type(live_cast.mette.user).objects.filter(email="new@it-bixen.dk").exists()


@pytest.mark.parametrize("who", ["provider", "jonas"])
def test_staff_without_a_second_factor_reach_nothing_else(live_cast: Cast, client: Client, who: str) -> None:
    sign_in(client, getattr(live_cast, who))

    for address in ("/", "/admin/", "/settings/", "/settings/profile/"):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"]) == (302, reverse("second_factor")), address
    assert client.get(reverse("second_factor")).status_code == 200


def test_staff_set_up_an_app_and_are_let_in(live_cast: Cast, client: Client) -> None:
    sign_in(client, live_cast.jonas)
    page = client.get(reverse("mfa_activate_totp"))
    secret = re.search(r'id="totp-secret">([A-Z2-7]+)<', page.content.decode())[1]  # type: ignore[index]

    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})

    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    assert client.get("/admin/").status_code == 200
    told = OutboxMail.objects.get(template="second_factor_added")
    assert (told.recipient, told.params["name"]) == (live_cast.jonas.user.email, "Jonas Holm")
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored, "kept in the clear"


def test_what_protects_the_account_asks_again_after_a_while(live_cast: Cast, client: Client) -> None:
    sign_in(client, live_cast.mette)
    assert client.get(reverse("mfa_activate_totp")).status_code == 200

    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT + 1
    session.save()
    asked = client.get(reverse("mfa_activate_totp"))

    assert asked["Location"].startswith(reverse("account_reauthenticate"))


def test_a_second_factor_is_asked_for_and_a_code_works_once(live_cast: Cast, client: Client) -> None:
    code = code_of(give_totp(live_cast.jonas))
    first = sign_in(client, live_cast.jonas)
    assert first["Location"] == reverse("mfa_authenticate")
    assert client.get("/admin/").status_code == 302

    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    assert client.get("/admin/").status_code == 200

    other = Client()
    sign_in(other, live_cast.jonas)
    again = other.post(reverse("mfa_authenticate"), {"code": code})
    assert again.status_code == 200, "a code that was used opened a second session"
    cache.clear()  # allauth remembers used codes in each process's own cache
    for spelling in (f"{code[:3]}-{code[3:]}", f"{code[:3]} {code[3:]}"):
        again = other.post(reverse("mfa_authenticate"), {"code": spelling})
        assert again.status_code == 200, "a used code opened a second session in another spelling"


def test_a_secret_copied_to_another_row_opens_nothing(live_cast: Cast, client: Client) -> None:
    secret = give_totp(live_cast.jonas)
    give_totp(live_cast.olga)
    call_command("rewrap_secrets", stdout=io.StringIO())
    of = {one.user_id: one for one in Authenticator.objects.filter(type=Authenticator.Type.TOTP)}
    sign_in(client, live_cast.jonas)
    assert client.post("/account/2fa/authenticate/", {"code": code_of(secret)}).status_code == 302

    stolen = of[live_cast.jonas.user.pk].data
    Authenticator.objects.filter(pk=of[live_cast.olga.user.pk].pk).update(data=stolen)
    other = Client()
    sign_in(other, live_cast.olga)
    with pytest.raises(secrets.CannotOpen):
        other.post("/account/2fa/authenticate/", {"code": code_of(secret)})


def test_wrong_codes_are_counted(live_cast: Cast, client: Client) -> None:
    give_totp(live_cast.jonas)
    sign_in(client, live_cast.jonas)
    for _ in range(limits.SECOND_FACTOR.amount):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})

    answer = client.post(reverse("mfa_authenticate"), {"code": "000000"})

    assert "Prøv igen om" in answer.content.decode()


def test_whoever_has_the_password_cannot_try_codes_for_weeks(live_cast: Cast, client: Client) -> None:
    code = code_of(give_totp(live_cast.jonas))
    sign_in(client, live_cast.jonas)
    for _ in range(limits.SECOND_FACTOR_LONG.amount):
        attempt(limits.SECOND_FACTOR_LONG, str(live_cast.jonas.user.pk))

    answer = client.post(reverse("mfa_authenticate"), {"code": code})

    assert "Prøv igen om" in answer.content.decode()


def test_staff_keep_their_last_factor(live_cast: Cast, client: Client) -> None:
    code = code_of(give_totp(live_cast.jonas))
    sign_in(client, live_cast.jonas)
    client.post(reverse("mfa_authenticate"), {"code": code})

    client.post(reverse("mfa_deactivate_totp"))

    assert Authenticator.objects.filter(user=live_cast.jonas.user, type="totp").exists()


@pytest.mark.parametrize(
    ("began", "seen", "ended"),
    [
        (60, 60, False),
        (sessions.STAFF_IDLE + 60, sessions.STAFF_IDLE + 60, True),
        (sessions.STAFF_ABSOLUTE + 60, 60, True),
    ],
)
def test_staff_sessions_end(live_cast: Cast, client: Client, began: int, seen: int, ended: bool) -> None:
    client.force_login(live_cast.jonas.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    session = client.session
    now = int(time.time())
    session.update({sessions.FACTOR: True, sessions.BEGAN: now - began, sessions.SEEN: now - seen})
    session.save()

    answer = client.get("/settings/")

    assert (answer.status_code == 302 and "/account/login/" in answer["Location"]) is ended


def test_signing_the_others_out(live_cast: Cast) -> None:
    here, there = Client(), Client()
    sign_in(here, live_cast.mette)
    sign_in(there, live_cast.mette)

    here.post(reverse("usersessions_list"))

    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302


def test_length_depends_on_the_second_factor(live_cast: Cast) -> None:
    rule = LengthByFactors()
    with pytest.raises(ValidationError):
        rule.validate("nine char", live_cast.mette.user)
    give_totp(live_cast.mette)
    rule.validate("nine char", live_cast.mette.user)


@pytest.mark.parametrize("password", ["myfone-myfone-2026", "aaaaaaaaaaaaaaaaaa", "Skype12345678901"])
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        NotFromContext().validate(password)


def test_a_limit_holds_across_processes(live_db: None) -> None:
    limit = Limit("several processes", amount=10, seconds=600)
    program = (
        "import django; django.setup()\n"
        "from myfone.kernel.ratelimit import Limit, attempt\n"
        f"limit = {limit!r}\n"
        "print(sum(attempt(limit, 'somebody').allowed for _ in range(8)))\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]

    allowed = sum(int(process.communicate(timeout=60)[0]) for process in processes)

    assert allowed == limit.amount
    assert not attempt(limit, "somebody").allowed


def test_a_window_ends_and_forgiveness_gives_one_back(live_db: None) -> None:
    limit = Limit("one", amount=1, seconds=1)
    assert attempt(limit, "a").allowed
    assert not attempt(limit, "a").allowed
    assert attempt(limit, "b").allowed
    forgive(limit, "a")
    forgive(limit, "a")
    assert attempt(limit, "a").allowed


def test_a_browser_that_came_by_https_comes_by_https_from_now_on(db: None, client: Client) -> None:
    page = client.get(LOGIN, secure=True)

    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in client.get(LOGIN).headers
