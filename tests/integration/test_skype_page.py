"""The employee's page for Skype for Business, as a browser without JavaScript meets it."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any
from xml.etree import ElementTree

import pytest
import time_machine
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from billing.models import Activation
from myfone.kernel import clock
from myfone.kernel.models import Job
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.models import Order, Setup
from provisioning.rules.provisioning_file import NAMESPACE
from provisioning.web.mobile import SALT, VALID
from telephony.models import Phone, SipDomain
from telephony.rules.skype_password import failures
from tests.cast import Cast

PAGE = "/settings/skype-for-business/"
PASSWORD = "Gul-Kanin-47"


def set_up(cast: Cast, *, verified: bool = True, live: bool = True) -> Setup:
    at = clock.now() - dt.timedelta(days=1)
    with tenant(Actor.platform(doing="test")):
        domain = SipDomain(customer=cast.bixen, name="it-bixen.dk")
        domain.save()
        order = Order(customer=cast.bixen, domain="it-bixen.dk", created_by="test", confirmed_at=at)
        order.save()
        setup = Setup(
            customer=cast.bixen,
            order=order,
            domain="it-bixen.dk",
            sip_domain=domain,
            dns_verified_at=at if verified else None,
            live_at=at if live else None,
        )
        setup.save()
    return setup


@pytest.fixture
def mette(cast: Cast, client: Client) -> Client:
    """Mette's browser, in English."""
    client.force_login(cast.mette.user)
    client.cookies["language"] = "en"
    return client


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


def link(
    browser: Client, username: str = "mette", password: str = PASSWORD, repeat: str | None = None
) -> Any:
    values = {"username": username, "password": password, "repeat": password if repeat is None else repeat}
    return browser.post(PAGE, values)


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def states(response: Any) -> dict[str, str]:
    return dict(re.findall(r'data-rule="(\w+)" data-state="(\w*)"', response.content.decode()))


def phones(cast: Cast) -> list[Phone]:
    with tenant(cast.mette.actor):
        return list(Phone.objects.visible_to(cast.mette.actor).filter(ended_at=None))


def test_before_anything_was_ordered_the_page_says_so(mette: Client) -> None:
    page = text(mette.get(PAGE))
    assert "Your company has not ordered Skype for Business" in page
    assert "Connect to Skype" not in page


@pytest.mark.parametrize(
    ("verified", "words"),
    [
        (False, "it-bixen.dk does not point at us yet"),
        (True, "Opens when the certificate has been made"),
    ],
)
def test_before_the_certificate_is_live_the_page_says_when_it_opens(
    cast: Cast, mette: Client, verified: bool, words: str
) -> None:
    set_up(cast, verified=verified, live=False)
    assert words in text(mette.get(PAGE))
    assert words in text(link(mette))
    assert phones(cast) == []


def test_linking_makes_a_phone_and_a_line_in_the_ledger(cast: Cast, mette: Client) -> None:
    set_up(cast)
    page = mette.get(PAGE)
    assert "Not connected" in text(page)
    assert "@it-bixen.dk" in text(page)
    assert 'value="mette"' in page.content.decode()
    response = link(mette)
    assert (response.status_code, response["Location"]) == (302, PAGE)
    (phone,) = phones(cast)
    page = text(mette.get(PAGE))
    assert "mette@it-bixen.dk" in page
    assert phone.line_identity in page
    assert "None yet." in page
    assert "has not been seen to connect" in page
    with tenant(cast.mette.actor):
        assert Activation.objects.visible_to(cast.mette.actor).filter(deactivated_at=None).count() == 1


def test_a_password_against_the_rule_shows_which_conditions_are_missing(cast: Cast, mette: Client) -> None:
    set_up(cast)
    page = link(mette, password="mette1")
    assert states(page) == {
        "length": "broken",
        "digit": "met",
        "lower": "met",
        "upper": "broken",
        "no_username": "broken",
        "not_common": "met",
    }
    assert "The password does not follow the rule." in text(page)
    assert "mette1" not in page.content.decode()
    assert phones(cast) == []


def test_two_different_passwords_are_refused(cast: Cast, mette: Client) -> None:
    set_up(cast)
    assert "The two passwords are not the same." in text(link(mette, repeat="Gul-Kanin-48"))
    assert phones(cast) == []


def test_a_colleagues_name_is_refused(cast: Cast, mette: Client) -> None:
    set_up(cast)
    line = Client()
    line.force_login(cast.line.user)
    assert link(line, "hansen").status_code == 302
    assert "hansen@it-bixen.dk is taken by a colleague." in text(link(mette, "Hansen"))


def test_a_password_is_suggested_and_can_be_used(cast: Cast, mette: Client) -> None:
    set_up(cast)
    page = mette.post(PAGE, {"username": "mh", "generate": "1"}).content.decode()
    found = re.findall(r'type="text" name="(?:password|repeat)" value="([^"]+)"', page)
    assert len(found) == 2
    assert len(set(found)) == 1
    assert 'value="mh"' in page
    password = html.unescape(found[0])
    assert failures(password) == ()
    assert link(mette, "mh", password).status_code == 302


def test_everything_that_is_wrong_is_said_at_once(cast: Cast, mette: Client) -> None:
    set_up(cast)
    for password, repeat in (("mette1", "mette1"), ("mette1", "mette2")):
        page = text(link(mette, "Mette Hansen", password, repeat))
        assert "Use the letters a to z" in page
        assert "The password does not follow the rule." in page
    assert "The two passwords are not the same." in page
    page = text(link(mette, "line", repeat="Gul-Kanin-48"))
    assert "line@it-bixen.dk is taken by a colleague." in page
    assert "The two passwords are not the same." in page


def test_the_suggested_password_is_kept_when_the_form_is_refused(cast: Cast, mette: Client) -> None:
    set_up(cast)
    page = mette.post(PAGE, {"username": "mh", "generate": "1"}).content.decode()
    password = html.unescape(re.findall(r'name="password" value="([^"]+)"', page)[0])
    sent = {"username": "æ", "password": password, "repeat": password}
    again = html.unescape(mette.post(PAGE, sent | {"suggested": password}).content.decode())
    assert "Use the letters a to z" in again
    assert len(re.findall(r'type="text" name="(?:password|repeat)" value="([^"]+)"', again)) == 2
    assert password in again
    # What somebody typed themselves is never sent back.
    for suggested in ("", "another"):
        assert password not in html.unescape(
            mette.post(PAGE, sent | {"suggested": suggested}).content.decode()
        )


def test_linked_twice_at_once_there_is_one_account(cast: Cast, mette: Client) -> None:
    set_up(cast)
    link(mette)
    response = link(mette, "mette2")
    assert response.status_code == 200
    assert [phone.username for phone in phones(cast)] == ["mette"]


@pytest.mark.django_db(databases=["default", "counters"])
def test_the_password_is_changed_forgotten_and_the_account_ended(cast: Cast, mette: Client) -> None:
    set_up(cast)
    link(mette)
    short = mette.post(PAGE + "password/", {"password": "kort", "repeat": "kort"})
    assert states(short)["length"] == "broken"
    new = {"password": "Anden-Kanin-48", "repeat": "Anden-Kanin-48"}
    assert mette.post(PAGE + "password/", new)["Location"] == PAGE
    assert "mette@it-bixen.dk" in text(mette.get(PAGE + "forgotten/"))
    assert mette.post(PAGE + "forgotten/")["Location"] == PAGE
    assert Job.objects.filter(kind="telephony.mail_password").count() == 1
    assert "Disconnect Skype for Business?" in text(mette.get(PAGE + "disconnect/"))
    assert mette.post(PAGE + "disconnect/")["Location"] == PAGE
    assert phones(cast) == []
    with tenant(cast.mette.actor):
        assert Activation.objects.visible_to(cast.mette.actor).filter(deactivated_at=None).count() == 0
    assert "Not connected" in text(mette.get(PAGE))


@pytest.mark.django_db(databases=["default", "counters"])
def test_new_passwords_are_not_mailed_without_end(cast: Cast, mette: Client) -> None:
    set_up(cast)
    link(mette)
    for _ in range(5):
        mette.post(PAGE + "forgotten/")
    assert Job.objects.filter(kind="telephony.mail_password").count() == 3
    assert "You have asked often enough." in text(mette.get(PAGE))


def test_without_an_account_there_is_nothing_to_change(cast: Cast, mette: Client) -> None:
    for page in ("password/", "forgotten/", "disconnect/"):
        assert mette.get(PAGE + page)["Location"] == PAGE


def test_staff_have_no_such_page(cast: Cast, client: Client) -> None:
    from myfone.accounts.sessions import FACTOR

    client.force_login(cast.jonas.user)
    session = client.session
    session[FACTOR] = True
    session.save()
    assert client.get(PAGE).status_code == 404


def test_the_page_takes_few_queries(cast: Cast, mette: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert mette.get(PAGE).status_code == 200
        return sum("SAVEPOINT" not in query["sql"] for query in seen)

    set_up(cast)
    assert asked() <= 6
    link(mette)
    mette.get(PAGE)  # takes the message about the linking
    assert asked() <= 6


def test_a_mobile_client_is_set_up_by_a_code_without_the_password(cast: Cast, mette: Client) -> None:
    set_up(cast)
    assert mette.get(PAGE + "mobile/")["Location"] == PAGE
    link(mette)
    page = mette.get(PAGE + "mobile/")
    assert page.content.decode().count('<svg class="qr"') == 2
    assert "sip.it-bixen.dk:443" in text(page)
    token = signing.dumps(["mette", "it-bixen.dk", 'Mette "<&>" Hansen'], salt=SALT, compress=True)
    answer = Client().get(f"/m/{token}.xml")
    assert answer["Content-Type"] == "application/xml"
    found = {
        entry.attrib["name"]: entry.text
        for entry in ElementTree.fromstring(answer.content).iter(f"{{{NAMESPACE}}}entry")
    }
    assert found["reg_identity"] == '"Mette <&> Hansen" <sip:mette@it-bixen.dk>'
    assert found["reg_proxy"] == "<sip:sip.it-bixen.dk:443;transport=tls>"
    assert not {"passwd", "ha1"} & set(found)
    with time_machine.travel(clock.now() + VALID + dt.timedelta(minutes=1)):
        assert Client().get(f"/m/{token}.xml").status_code == 404
    assert Client().get("/m/nonsense.xml").status_code == 404


def test_the_strength_is_said_without_scripts(cast: Cast, mette: Client) -> None:
    set_up(cast)
    assert 'data-level="2"' in link(mette, password="Gul-Kanin").content.decode()
    assert "Fair: make it longer" in text(link(mette, password="Gul-Kanin"))
