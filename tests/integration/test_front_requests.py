"""Requests to customers' host names: answered without session, tenant or redirect, with one query."""

from __future__ import annotations

import pytest
from django.test import Client

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from provisioning.models import AcmeChallenge, Setup
from tests.cast import Cast
from tests.certificates import verified

HOST = "lyncdiscover.it-bixen.dk"
ROOT = "/autodiscover/autodiscoverservice.svc/root"


@pytest.fixture
def live(cast: Cast) -> Setup:
    setup = verified(cast.bixen, cast.sara)
    with tenant(cast.sara.actor):
        Setup.objects.visible_to(cast.sara.actor).filter(pk=setup.pk).update(live_at=clock.now())
    return setup


def tokens(answer) -> list[str]:
    return [link["token"] for link in answer.json()["Root"]["Links"]]


def test_a_challenge_is_answered_at_any_host(db: None, client: Client, django_assert_num_queries) -> None:
    AcmeChallenge.objects.create(token="abc-_1", key_authorization="abc-_1.thumb")

    with django_assert_num_queries(1):
        answer = client.get("/.well-known/acme-challenge/abc-_1", headers={"host": "sip.it-bixen.dk"})

    assert (answer.status_code, answer.content) == (200, b"abc-_1.thumb")
    assert answer["Content-Type"] == "application/octet-stream"
    assert not answer.cookies


@pytest.mark.parametrize("token", ["unknown", "", "a/b", "a%00b", "x" * 300])
def test_an_unknown_challenge_is_not_found(db: None, client: Client, token: str) -> None:
    answer = client.get(f"/.well-known/acme-challenge/{token}", headers={"host": "sip.it-bixen.dk"})

    assert answer.status_code == 404


def test_only_reading_is_possible(db: None, client: Client) -> None:
    for path, host in (("/.well-known/acme-challenge/a", "sip.it-bixen.dk"), ("/", HOST)):
        answer = client.post(path, headers={"host": host})
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/", ROOT, ROOT.upper()])
def test_the_root_over_http_leads_to_https(live: Setup, client: Client, path: str) -> None:
    answer = client.get(path, {"sipuri": "sip:mette@it-bixen.dk"}, headers={"host": HOST})

    (link,) = answer.json()["Root"]["Links"]
    assert link == {
        "token": "Redirect",
        "href": f"https://{HOST}{ROOT}?sipuri=sip%3Amette%40it-bixen.dk",
    }
    assert not answer.cookies


def test_the_root_over_https_names_user_and_domain(
    live: Setup, client: Client, django_assert_num_queries
) -> None:
    with django_assert_num_queries(1):
        answer = client.get(ROOT, {"sipuri": "mette@it-bixen.dk"}, headers={"host": HOST}, secure=True)

    assert tokens(answer) == ["Domain", "User"]
    assert answer["Content-Type"] == "application/vnd.microsoft.rtc.autodiscover+json"


def test_the_domain_says_where_to_sign_in_in_both_forms(live: Setup, client: Client) -> None:
    for accept, text in (
        ("application/json", b'"SipClientExternalAccess": {"fqdn": "sip.it-bixen.dk", "port": "443"}'),
        ("application/xml", b'<SipClientExternalAccess fqdn="sip.it-bixen.dk" port="443" />'),
    ):
        answer = client.get(f"{ROOT}/domain", headers={"host": HOST, "accept": accept}, secure=True)
        assert answer.status_code == 200
        assert text in answer.content


def test_the_user_needs_a_web_ticket(live: Setup, client: Client) -> None:
    without = client.get(f"{ROOT}/user", headers={"host": HOST}, secure=True)
    answer = client.get(f"{ROOT}/user", headers={"host": HOST, "x-ms-webticket": "t"}, secure=True)

    assert without.status_code == 401
    assert answer.json()["User"]["SipClientExternalAccess"]["fqdn"] == "sip.it-bixen.dk"


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("lyncdiscover.fremmed.dk", "/"),
        ("lyncdiscover.%00", "/"),
        (HOST, "/somewhere"),
        (HOST, f"{ROOT}/oauth/user"),
        (HOST, "/?sipuri=sip:mette@fremmed.dk"),
        (HOST, "/?sipuri=sip:mette@%0d%0ait-bixen.dk"),
    ],
)
def test_what_is_not_served_here_is_not_found(live: Setup, client: Client, host: str, path: str) -> None:
    assert client.get(path, headers={"host": host}, secure=True).status_code == 404


def test_a_domain_that_is_not_live_yet_is_not_found(cast: Cast, client: Client) -> None:
    verified(cast.bixen, cast.sara)

    assert client.get("/", headers={"host": HOST}).status_code == 404


def test_a_colleagues_domain_here_is_where_its_user_is_sent(live: Setup, cast: Cast, client: Client) -> None:
    other = verified(cast.havnen, cast.freja, "havnens.dk")
    with tenant(cast.freja.actor):
        Setup.objects.visible_to(cast.freja.actor).filter(pk=other.pk).update(live_at=clock.now())

    answer = client.get("/", {"sipuri": "freja@havnens.dk"}, headers={"host": HOST}, secure=True)

    assert answer.json()["Root"]["Links"][0]["href"].startswith("https://lyncdiscover.havnens.dk/")


def test_the_portal_stays_the_portals(db: None, client: Client) -> None:
    assert client.get("/health").status_code == 200
    assert client.get("/", headers={"host": "sip.it-bixen.dk"}).status_code == 400
