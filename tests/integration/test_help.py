"""Help as people meet it: the pages, the search, and an inquiry for headsets that reaches the right sellers alone."""

from __future__ import annotations

import html
import json
import re
import zlib

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from myfone.accounts.models import Membership, User
from myfone.kernel import clock, outbox
from myfone.kernel.models import OutboxMail
from myfone.tenancy.actor import NotAllowed, Role
from myfone.tenancy.context import tenant
from provisioning.guides import guide
from provisioning.guides.pdf import CannotPrint, _fetch_nothing
from provisioning.rules.stages import StageName
from provisioning.services.headsets import MOST, InquiryRefused, inquire
from tests.cast import Cast, Person, signed_in
from tests.integration.test_setup_pages import base, browser, ordered
from tests.integration.test_skype_page import set_up

HEADSETS = "/help/headsets/"


def english(person: Person) -> Client:
    client = signed_in(person)
    client.cookies["language"] = "en"
    return client


def mails(person: Person) -> list[OutboxMail]:
    with tenant(person.actor):
        return list(OutboxMail.objects.filter(template="headset_inquiry").order_by("recipient"))


def audited(person: Person) -> list[tuple[str, dict[str, object]]]:
    with tenant(person.actor), connection.cursor() as cursor:
        cursor.execute("SELECT actor, details FROM kernel_auditentry WHERE action = 'headsets.asked_for'")
        return [(actor, json.loads(found) if isinstance(found, str) else found) for actor, found in cursor]


def test_the_search_works_without_javascript(cast: Cast) -> None:
    page = english(cast.mette).get("/help/", {"q": "the  password"}).content.decode()
    assert page.index('href="/help/password/') < page.index('href="/help/security/')
    assert page.index('href="/help/forgotten-password/') < page.index('href="/help/security/')
    assert "/help/my-number/" not in page
    assert 'value="the password"' in page


def test_a_search_for_nonsense_shows_every_guide(cast: Cast) -> None:
    page = english(cast.mette).get("/help/", {"q": "<b>xyzzy"}).content.decode()
    assert "No guide says that" in page
    assert "<b>xyzzy" not in page
    assert "/help/my-number/" in page


def test_the_page_is_in_the_readers_language(cast: Cast) -> None:
    client = signed_in(cast.mette)
    for language, title in (("da", "Glemt adgangskode til Skype"), ("sv", "Glömt lösenord till Skype")):
        client.cookies["language"] = language
        assert title in client.get("/help/").content.decode()
        assert f"<h1>{title}</h1>" in client.get("/help/forgotten-password/").content.decode()


def test_a_guide_leads_employees_to_where_it_is_done(cast: Cast) -> None:
    link = 'href="/settings/skype-for-business/forgotten/"'
    assert link in english(cast.mette).get("/help/forgotten-password/").content.decode()
    assert link not in english(cast.jonas).get("/help/forgotten-password/").content.decode()


def test_a_search_finds_the_page_of_headsets(cast: Cast) -> None:
    for query in ("headset", "headset does not work", "Savi W740"):
        page = english(cast.mette).get("/help/", {"q": query}).content.decode()
        found = page.partition('aria-label="Found"')[2].partition("</section>")[0]
        assert f'href="{HEADSETS}"' in found
        assert page.count(f'href="{HEADSETS}"') == 1
    found = english(cast.mette).get("/help/", {"q": "teams"}).content.decode().partition("</section>")[0]
    assert f'href="{HEADSETS}"' not in found


def test_a_guide_that_is_not_there_is_not_found(cast: Cast) -> None:
    for slug in ("nothing", "connect.da", "..", "texts"):
        assert english(cast.mette).get(f"/help/{slug}/").status_code == 404


def test_help_asks_little_of_the_database(cast: Cast) -> None:
    client = english(cast.mette)
    client.get("/help/")
    for path in ("/help/?q=password", "/help/password/", HEADSETS):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200
        assert sum("SAVEPOINT" not in query["sql"] for query in seen) <= 4, path


@pytest.mark.django_db(databases=["default", "counters"])
def test_an_inquiry_reaches_the_customers_own_reseller_alone(cast: Cast) -> None:
    second = User.objects.create(email="rita@nordlystele.dk", name="Rita", language="en")
    Membership.objects.create(user=second, role=Role.RESELLER_STAFF, reseller=cast.nordlys)
    gone = User.objects.create(email="gone@nordlystele.dk", name="Gone", is_active=False)
    Membership.objects.create(user=gone, role=Role.RESELLER_STAFF, reseller=cast.nordlys)
    client = english(cast.mette)
    answer = client.post(HEADSETS, {"w720": "12", "w740": "1", "note": "Before Monday?\n.\nRCPT TO:<x@y>"})
    assert (answer.status_code, answer["Location"]) == (302, HEADSETS)
    assert (
        "Your inquiry for 13 headsets is on its way to Nordlys Tele." in client.get(HEADSETS).content.decode()
    )
    sent = mails(cast.mette)
    assert [mail.recipient for mail in sent] == ["jonas@nordlystele.dk", "rita@nordlystele.dk"]
    message = outbox.render(sent[1])
    assert message.subject == "IT-bixen ApS asks for 13 headsets"
    assert "Mette Hansen at IT-bixen ApS" in message.body
    assert "- 12 × Plantronics Savi W720 (DKK\N{NO-BREAK SPACE}2,000.00)" in message.body
    assert "DKK\N{NO-BREAK SPACE}26,000.00" in message.body
    assert "Answer to mette@it-bixen.dk" in message.body
    assert "spørger på 13 headset" in outbox.render(sent[0]).subject
    assert mails(cast.olga) == mails(cast.stig) == []
    assert audited(cast.jonas) == [(cast.mette.actor.id, {"amounts": {"w720": 12, "w740": 1}})]
    assert audited(cast.olga) == []


@pytest.mark.django_db(databases=["default", "counters"])
def test_a_company_name_cannot_add_to_the_mails_head(cast: Cast) -> None:
    cast.bixen.name = "IT-bixen\r\nBcc: everybody@example.org"
    with tenant(cast.jonas.actor):
        cast.bixen.save()
    english(cast.sara).post(HEADSETS, {"w710": "1"})
    (mail,) = mails(cast.sara)
    message = outbox.render(mail)
    assert "\n" not in message.subject
    assert message.recipients() == ["jonas@nordlystele.dk"]


@pytest.mark.django_db(databases=["default", "counters"])
def test_the_same_inquiry_is_sent_once_and_too_many_are_refused(cast: Cast) -> None:
    client = english(cast.mette)
    for _ in range(2):
        assert client.post(HEADSETS, {"w710": "2"}).status_code == 302
    assert len(mails(cast.mette)) == 1
    assert len(audited(cast.mette)) == 1
    for amount in range(3, 6):
        assert client.post(HEADSETS, {"w710": str(amount)}).status_code == 302
    refused = client.post(HEADSETS, {"w710": "9"})
    assert refused.status_code == 429
    assert "You have asked often enough." in refused.content.decode()
    assert len(mails(cast.mette)) == 4


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "Say how many you want of at least one headset."),
        ({"w710": "0", "note": "hello"}, "Say how many you want of at least one headset."),
        ({"w710": "-1"}, "greater than or equal to 0"),
        ({"w710": str(MOST + 1)}, "less than or equal to 500"),
        ({"w710": "two"}, "Enter a whole number."),
        ({"w710": "1", "note": "x" * 501}, "at most 500 characters"),
        ({"w999": "1"}, "Say how many you want of at least one headset."),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_reason(cast: Cast, data: dict[str, str], said: str) -> None:
    page = english(cast.mette).post(HEADSETS, data)
    assert page.status_code == 200
    assert said in page.content.decode()
    assert mails(cast.mette) == []


def test_staff_see_the_headsets_and_have_nobody_to_ask(cast: Cast) -> None:
    client = english(cast.jonas)
    page = client.get(HEADSETS).content.decode()
    assert "Plantronics Savi W740" in page
    assert "Send the inquiry" not in page
    assert client.post(HEADSETS, {"w710": "1"}).status_code == 404
    with tenant(cast.jonas.actor), pytest.raises(NotAllowed):
        inquire(actor=cast.jonas.actor, amounts={"w710": 1}, note="", answer_to="a@b.dk", at=clock.now())


def test_a_reseller_without_staff_is_said_to_have_nobody(cast: Cast) -> None:
    User.objects.filter(pk=cast.jonas.user.pk).update(is_active=False)
    with tenant(cast.mette.actor), pytest.raises(InquiryRefused):
        inquire(
            actor=cast.mette.actor,
            amounts={"w710": 1},
            note="",
            answer_to="mette@it-bixen.dk",
            at=clock.now(),
        )
    assert mails(cast.mette) == []


def test_each_page_leads_to_the_guide_of_its_question(cast: Cast) -> None:
    set_up(cast)
    page = english(cast.mette).get("/settings/skype-for-business/").content.decode()
    for slug in ("connect", "password", "first-sign-in", "mac"):
        assert f'href="/help/{slug}/"' in page
    wizard = f"/admin/customers/{cast.bixen.public_id}/skype/"
    jonas = english(cast.jonas)
    for stage, slugs in {"contacts": ("contacts-export", "timing"), "users": ("connect",)}.items():
        page = jonas.get(f"{wizard}{stage}/").content.decode()
        assert all(f'href="/help/{slug}/"' in page for slug in slugs)


def test_who_finds_no_answer_is_told_whom_to_call(cast: Cast) -> None:
    with tenant(cast.jonas.actor):
        cast.nordlys.support_phone = "+4569142424"
        cast.nordlys.save()
    for path in ("/help/", "/help/teams/"):
        page = english(cast.mette).get(path).content.decode()
        assert 'href="tel:+4569142424"' in page
        assert "Nordlys Tele helps by telephone." in page
        assert "tel:" not in english(cast.stig).get(path).content.decode()


def test_guides_are_read_without_signing_in(cast: Cast) -> None:
    client = Client()
    client.cookies["language"] = "en"
    page = client.get("/help/?q=forgotten").content.decode()
    assert 'href="/help/forgotten-password/"' in page
    assert HEADSETS not in page
    shown = client.get("/help/forgotten-password/").content.decode()
    assert "Sign in" in client.get("/help/").content.decode()
    assert "/settings/skype-for-business/forgotten/" not in shown
    assert client.get(HEADSETS).status_code == 302
    for entrance in ("/account/login/", "/account/password/reset/"):
        assert 'href="/help/' in client.get(entrance).content.decode()


def unpacked(pdf: bytes) -> bytes:
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    return b"".join(zlib.decompressobj().decompress(one) for one in streams)


@pytest.mark.parametrize("language", ["da", "en", "sv"])
def test_the_deactivation_page_and_its_pdf_say_what_the_guide_says(cast: Cast, language: str) -> None:
    ordered(cast, StageName.CONTACTS)
    told = guide("deactivation", language)
    page = browser(cast.jonas, language).get(f"{base(cast.bixen)}deactivation/").content.decode()
    assert told.html in page
    assert told.summary in html.unescape(page)
    assert 'href="/help/deactivation.pdf"' in page
    client = Client()
    client.cookies["language"] = language
    printed = client.get("/help/deactivation.pdf")
    assert printed["Content-Type"] == "application/pdf"
    assert printed["Content-Disposition"] == f'inline; filename="deactivation-{language}.pdf"'
    assert printed.content.startswith(b"%PDF-")
    assert f"({settings.PORTAL_URL}/help/contacts-export/)".encode() in unpacked(printed.content)
    assert client.get("/help/nothing.pdf").status_code == 404


def test_without_the_libraries_the_page_is_there(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(*_args: object) -> bytes:
        raise CannotPrint

    monkeypatch.setattr("provisioning.web.help.as_pdf", cannot)
    after = english(cast.mette).get("/help/teams.pdf", follow=True)
    assert after.redirect_chain == [("/help/teams/", 302)]
    assert "Print the page from your browser instead." in after.content.decode()


def test_a_printed_guide_loads_nothing() -> None:
    with pytest.raises(ValueError, match="elsewhere"):
        _fetch_nothing("https://elsewhere.example/picture.png")
