"""The DNS stage of the wizard: what is shown at each moment, and what the buttons do."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from urllib.parse import parse_qs

import pytest
from django.conf import settings
from django.test import Client

from myfone.accounts.sessions import FACTOR
from myfone.kernel import clock, jobs
from myfone.kernel.models import Job
from myfone.tenancy.context import tenant
from provisioning.gateways.dns.fake import FakeDns
from provisioning.models import DnsWatch, DomainClaim, Order, Setup, StageConfirmation, WatchState
from provisioning.rules.claims import LASTS as LASTS_CLAIM
from provisioning.rules.dns_schedule import LASTS
from provisioning.services import claims, dns_look, dns_watch
from tests.cast import Cast, Person
from tests.dns_cases import CLIENT, DOMAIN, GOOD, OFFICE365, fill, world

REPORT = {"report_name": "Jonas Holm", "report_email": "jonas@nordlystele.dk"}


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> FakeDns:
    made = world((*GOOD[:1], OFFICE365[1], CLIENT, GOOD[3], OFFICE365[3]))
    monkeypatch.setattr(dns_look, "gateway", lambda name: made)
    return made


@pytest.fixture
def setup(cast: Cast) -> Setup:
    return make_setup(cast, confirmed=("contacts", "deactivation"))


def make_setup(cast: Cast, confirmed: tuple[str, ...], **fields: str) -> Setup:
    at = clock.now()
    with tenant(cast.jonas.actor):
        order = Order(customer=cast.bixen, domain=DOMAIN, created_by="x", confirmed_at=at)
        order.save()
        setup = Setup(customer=cast.bixen, order=order, domain=DOMAIN, **(REPORT | fields))
        setup.save()
        for stage in confirmed:
            StageConfirmation(
                customer=cast.bixen, setup=setup, stage=stage, confirmed_by="x", confirmed_at=at
            ).save()
    return setup


def as_(person: Person, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(person.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    session = client.session
    session[FACTOR] = True
    session.save()
    return client


def page(setup: Setup, tail: str = "") -> str:
    return f"/admin/setup/{setup.public_id}/dns/{tail}"


def text(client: Client, setup: Setup) -> str:
    answer = client.get(page(setup))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def work() -> None:
    for job in Job.objects.filter(kind=dns_watch.JOB, done_at=None):
        jobs.run(job.pk)


def watches(cast: Cast) -> list[DnsWatch]:
    with tenant(cast.jonas.actor):
        return list(DnsWatch.objects.visible_to(cast.jonas.actor).order_by("pk"))


def test_before_the_start_it_shows_what_to_set_up(cast: Cast, setup: Setup) -> None:
    shown = text(as_(cast.jonas), setup)

    assert "Set up DNS records on it-bixen.dk" in shown
    assert "<code>sip.flexskype.dk</code>" in shown
    assert "<code>100 1 5061 sip.it-bixen.dk</code>" in shown
    assert "I have set up the DNS records on the domain" in shown
    assert 'hx-trigger="every' not in shown
    assert shown.count("Not checked yet") == 4


def test_the_button_confirms_the_stage_and_starts_the_watch(cast: Cast, setup: Setup, dns: FakeDns) -> None:
    client = as_(cast.jonas)
    answer = client.post(page(setup, "start/"))
    assert answer.headers["Location"] == page(setup)
    assert "Checking now" in text(client, setup)
    work()
    shown = text(client, setup)

    assert "We are still checking – 90 minutes left" in shown
    assert "with ns1.webhost.dk, ns2.webhost.dk" in shown
    assert shown.count("Correct</span>") == 2
    assert "webdir.online.lync.com" in shown
    assert "Still points to Office 365. Change it to lyncdiscover.flexskype.dk." in shown
    assert "2 records" in shown
    assert (
        "Also delete 100 1 5061 sipfed.online.lync.com (Office 365) – there must be only one record." in shown
    )
    assert "jonas@nordlystele.dk" in shown
    assert 'hx-trigger="every 5s"' in shown
    with tenant(cast.jonas.actor):
        confirmed = StageConfirmation.objects.visible_to(cast.jonas.actor).get(stage="dns")
    assert confirmed.confirmed_by == cast.jonas.actor.id
    (watch,) = watches(cast)
    assert watch.looks == 1


def test_without_a_reader_it_asks_for_one_first(cast: Cast) -> None:
    setup = make_setup(cast, confirmed=("contacts", "deactivation"), report_email="")
    client = as_(cast.jonas)

    assert "Enter who gets the report" in text(client, setup)
    answer = client.post(page(setup, "start/"))

    assert answer.headers["Location"] == f"/admin/customers/{cast.bixen.public_id}/skype/dns/report/"
    assert watches(cast) == []
    with tenant(cast.jonas.actor):
        assert not StageConfirmation.objects.visible_to(cast.jonas.actor).filter(stage="dns").exists()


def test_an_earlier_stage_comes_first(cast: Cast) -> None:
    setup = make_setup(cast, confirmed=())
    client = as_(cast.jonas)
    assert "Confirm first that all employees have exported their contacts." in text(client, setup)
    client.post(page(setup, "start/"))

    assert watches(cast) == []


def test_the_browser_gets_news_alone(cast: Cast, setup: Setup, dns: FakeDns) -> None:
    client = as_(cast.jonas)
    client.post(page(setup, "start/"))
    work()
    first = client.get(page(setup), {"seen": ""}, headers={"hx-request": "true"})
    seen = first.context["dns"].seen

    assert b"<html" not in first.content
    assert b'id="announcements"' in first.content
    assert client.get(page(setup), {"seen": seen}, headers={"hx-request": "true"}).status_code == 204

    dns.clear(DOMAIN)
    fill(dns, GOOD)
    with tenant(cast.jonas.actor):
        DnsWatch.objects.visible_to(cast.jonas.actor).update(next_at=clock.now())
        Job.objects.filter(kind=dns_watch.JOB).update(run_at=clock.now())
    work()
    again = client.get(page(setup), {"seen": seen}, headers={"hx-request": "true"})
    assert again.headers["HX-Refresh"] == "true"
    shown = text(client, setup)
    assert "All four records are right" in shown
    assert 'hx-trigger="every' not in shown


def test_check_now_looks_again_and_says_when_it_is_too_soon(cast: Cast, setup: Setup, dns: FakeDns) -> None:
    client = as_(cast.jonas)
    client.post(page(setup, "start/"))
    work()
    answer = client.post(page(setup, "check/"), follow=True)
    assert "We checked a moment ago" in answer.content.decode()

    with tenant(cast.jonas.actor):
        past = clock.now() - dt.timedelta(seconds=20)
        DnsWatch.objects.visible_to(cast.jonas.actor).update(
            looked_at=past, next_at=past + dt.timedelta(minutes=1)
        )
    client.post(page(setup, "check/"))
    work()
    (watch,) = watches(cast)
    assert watch.looks == 2


def test_after_giving_up_it_says_why_and_can_be_started_again(cast: Cast, setup: Setup, dns: FakeDns) -> None:
    client = as_(cast.jonas)
    client.post(page(setup, "start/"))
    with tenant(cast.jonas.actor):
        began = clock.now() - LASTS
        DnsWatch.objects.visible_to(cast.jonas.actor).update(
            started_at=began, next_at=began, give_up_at=began + LASTS
        )
    work()
    shown = text(client, setup)
    assert "The records were not in place within an hour and a half" in shown
    assert "Start the check again" in shown

    client.post(page(setup, "start/"))

    assert [watch.state for watch in watches(cast)] == [WatchState.GAVE_UP, WatchState.RUNNING]


def test_records_that_were_right_once_can_be_checked_again(cast: Cast, setup: Setup, dns: FakeDns) -> None:
    dns.clear(DOMAIN)
    fill(dns, GOOD)
    client = as_(cast.jonas)
    client.post(page(setup, "start/"))
    work()
    shown = text(client, setup)
    assert "All four records are right" in shown
    assert re.search(r"Last checked \d+ \w+ \d{4} at [0-9:]{8} with ns1.webhost.dk, ns2.webhost.dk", shown)
    assert "Check again" in shown

    dns.clear(DOMAIN)
    fill(dns, GOOD[1:])
    client.post(page(setup, "start/"))
    work()
    shown = text(client, setup)
    assert "We are still checking" in shown
    assert shown.count("Correct</span>") == 3
    assert "3 of 4 records found" in shown
    assert "In place since" not in shown


@pytest.mark.parametrize(
    ("language", "words"),
    [("da", "Opsæt DNS-records på it-bixen.dk"), ("sv", "Lägg upp DNS-poster på it-bixen.dk")],
)
def test_the_page_is_in_the_readers_language(cast: Cast, setup: Setup, language: str, words: str) -> None:
    client = as_(cast.jonas, language)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    assert words in text(client, setup)


def test_the_letter_tells_the_web_host_what_to_set_and_what_to_mend(
    cast: Cast, setup: Setup, dns: FakeDns
) -> None:
    client = as_(cast.jonas)

    def letter() -> list[str]:
        link = re.search(r'href="mailto:([^"]+)"', text(client, setup))
        assert link is not None
        return parse_qs(unescape(link[1]).removeprefix("?"))["body"][0].split("\r\n")

    assert "_sip._tls.it-bixen.dk. 600 IN SRV 100 1 443 sip.it-bixen.dk." in letter()
    assert not any(line.startswith("-") for line in letter())
    client.post(page(setup, "start/"))
    work()
    assert (
        "- CNAME lyncdiscover.it-bixen.dk: Still points to Office 365."
        " Change it to lyncdiscover.flexskype.dk." in letter()
    )


def test_each_number_of_an_srv_record_has_its_name(cast: Cast, setup: Setup) -> None:
    shown = text(as_(cast.jonas), setup)
    for port in (443, 5061):
        assert f"Priority 100, weight 1, port {port}<" in shown


def test_the_overview_tells_records_to_set_up_from_records_being_checked(cast: Cast, setup: Setup) -> None:
    client = as_(cast.jonas)
    assert "Set up the DNS records" in client.get("/admin/").content.decode()
    client.post(page(setup, "start/"))
    assert "The DNS records are being checked" in client.get("/admin/").content.decode()


def test_the_zone_file_is_a_download(cast: Cast, setup: Setup) -> None:
    answer = as_(cast.jonas).get(page(setup, "zone-file/"))

    assert answer.headers["Content-Disposition"] == 'attachment; filename="it-bixen.dk.zone.txt"'
    assert b"_sip._tls.it-bixen.dk. 600 IN SRV 100 1 443 sip.it-bixen.dk." in answer.content


@pytest.mark.parametrize("who", ["mette", "sara", "stig"])
def test_it_is_for_staff(cast: Cast, setup: Setup, who: str) -> None:
    assert as_(getattr(cast, who)).get(page(setup)).status_code == 404


def test_a_foreign_setup_is_no_setup(cast: Cast, setup: Setup) -> None:
    client = as_(cast.olga)
    for tail, method in (("", client.get), ("start/", client.post), ("check/", client.post)):
        assert method(page(setup, tail)).status_code == 404


def test_the_page_costs_few_queries(
    cast: Cast, setup: Setup, dns: FakeDns, django_assert_max_num_queries
) -> None:
    client = as_(cast.jonas)
    client.post(page(setup, "start/"))
    work()
    with django_assert_max_num_queries(12):
        client.get(page(setup))


# --- the claim ---------------------------------------------------------------------------------------


def test_a_contested_domain_asks_for_a_txt_record_and_says_nothing_of_others(
    cast: Cast, setup: Setup, dns: FakeDns
) -> None:
    contest(cast, setup)

    shown = text(as_(cast.jonas), setup)

    assert "This domain needs a TXT record to be moved here" in shown
    assert "_myfone-challenge.it-bixen.dk" in shown
    assert f'data-copy="myfone={token(cast, setup)}"' in shown
    for word in ("Fremmed", "Sydpol"):
        assert word not in shown
    zone = as_(cast.jonas).get(page(setup, "zone-file/")).content.decode()
    assert f'_myfone-challenge.it-bixen.dk. 600 IN TXT "myfone={token(cast, setup)}"' in zone
    press(cast.jonas, setup)
    work()
    assert "Add this TXT record" in text(as_(cast.jonas), setup)


def test_a_lapsed_claim_is_taken_up_again_with_one_click(cast: Cast, setup: Setup, dns: FakeDns) -> None:
    begun = clock.now() - LASTS_CLAIM + dt.timedelta(days=1)
    with tenant(cast.jonas.actor):
        claims.claim(actor=cast.jonas.actor, customer_id=cast.bixen.pk, domain=DOMAIN, at=begun)
    assert "Seven more days" in text(as_(cast.jonas), setup)
    claims.tonight(at=clock.now() + LASTS_CLAIM)

    assert "The request for it-bixen.dk has lapsed" in text(as_(cast.jonas), setup)
    answer = as_(cast.jonas).post(page(setup, "renew/"), follow=True)

    assert "stands for seven days from now" in answer.content.decode()
    assert "has lapsed" not in text(as_(cast.jonas), setup)


def test_a_domain_on_the_move_says_when_and_not_from_whom(cast: Cast, setup: Setup, dns: FakeDns) -> None:
    theirs = contest(cast, setup)
    with tenant(cast.olga.actor):
        claims.prove(actor=cast.olga.actor, setup=theirs, has_txt=True, at=clock.now())
    dns.clear(DOMAIN)
    fill(dns, (*GOOD, f'_myfone-challenge TXT "myfone={token(cast, setup)}"'))
    press(cast.jonas, setup)
    work()

    shown = text(as_(cast.jonas), setup)
    assert "it-bixen.dk moves here" in shown
    assert "The certificate is made" not in shown
    assert "Fremmed" not in shown


def contest(cast: Cast, setup: Setup) -> Setup:
    """Let another reseller's customer claim the domain too."""
    with tenant(cast.olga.actor):
        order = Order(customer=cast.fremmed, domain=DOMAIN, created_by="x", confirmed_at=clock.now())
        order.save()
        theirs = Setup(customer=cast.fremmed, order=order, domain=DOMAIN)
        theirs.save()
    for person, one in ((cast.jonas, setup), (cast.olga, theirs)):
        with tenant(person.actor):
            claims.claim(actor=person.actor, customer_id=one.customer_id, domain=DOMAIN, at=clock.now())
    return theirs


def token(cast: Cast, setup: Setup) -> str:
    with tenant(cast.jonas.actor):
        return DomainClaim.objects.visible_to(cast.jonas.actor).get(customer=setup.customer_id).token


def press(person: Person, setup: Setup) -> None:
    assert as_(person).post(page(setup, "start/")).status_code == 302


def test_servers_that_differ_are_shown_one_by_one(cast: Cast, setup: Setup, dns: FakeDns) -> None:
    dns.clear(DOMAIN)
    fill(dns, GOOD[1:])
    fill(dns, GOOD[:1], server=0)
    fill(dns, OFFICE365[:1], server=1)
    press(cast.jonas, setup)
    work()

    shown = text(as_(cast.jonas), setup)

    assert "<b>ns1.webhost.dk</b> Correct" in shown
    assert "<b>ns2.webhost.dk</b> sipdir.online.lync.com" in shown
    assert shown.count('class="answers"') == 1
