"""A browser that somebody signed in with before is not shut out by what strangers guess."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from myfone.accounts import limits
from myfone.accounts.known_devices import COOKIE, MOST_ACCOUNTS, remember_device
from myfone.kernel.ratelimit import attempt
from tests.cast import PASSWORD, Cast, Person

LOGIN = "/account/login/"


def sign_in(client: Client, person: Person, password: str = PASSWORD, address: str = "127.0.0.1") -> int:
    values = {"login": person.user.email, "password": password}
    return client.post(LOGIN, values, REMOTE_ADDR=address).status_code


@pytest.fixture
def known(live_cast: Cast) -> Client:
    """Mette's browser, in which she signed in and out again."""
    client = Client()
    assert sign_in(client, live_cast.mette) == 302
    client.post("/account/logout/")
    return client


def stranger_guesses(cast: Cast) -> None:
    """Use up what wrong passwords from everywhere are allowed; counted straight, for a hash is slow on purpose."""
    for _ in range(limits.SIGN_IN_ACCOUNT.amount + 1):
        attempt(limits.SIGN_IN_ACCOUNT, cast.mette.user.email)


def test_strangers_shut_out_everybody_but_the_known_browser(live_cast: Cast, known: Client) -> None:
    stranger_guesses(live_cast)
    assert sign_in(Client(), live_cast.mette) == 200
    assert sign_in(known, live_cast.mette) == 302


def test_the_known_browser_has_a_limit_of_its_own(live_cast: Cast, known: Client) -> None:
    for _ in range(limits.SIGN_IN_DEVICE.amount):
        assert sign_in(known, live_cast.mette, "guess") == 200
    assert sign_in(known, live_cast.mette) == 200
    # What it used up is its own: elsewhere she signs in.
    assert sign_in(Client(), live_cast.mette, address="203.0.113.9") == 302


def test_the_address_counts_for_known_browsers_too(live_cast: Cast, known: Client) -> None:
    for _ in range(limits.SIGN_IN_ADDRESS.amount):
        attempt(limits.SIGN_IN_ADDRESS, "203.0.113.7")
    assert sign_in(known, live_cast.mette, address="203.0.113.7") == 200


def test_the_browser_is_known_for_that_account_alone_and_a_made_up_cookie_for_none(
    live_cast: Cast, known: Client
) -> None:
    stranger_guesses(live_cast)
    forged = Client()
    forged.cookies[COOKIE] = known.cookies[COOKIE].value[:-3] + "abc"
    assert sign_in(forged, live_cast.mette) == 200
    other = Client()
    assert sign_in(other, live_cast.line) == 302
    other.post("/account/logout/")
    assert sign_in(other, live_cast.mette) == 200


def test_the_cookie_holds_no_address_and_few_accounts(live_cast: Cast) -> None:
    client = Client()
    people = (
        live_cast.mette,
        live_cast.line,
        live_cast.peter,
        live_cast.sara,
        live_cast.freja,
        live_cast.stig,
    )
    sizes = []
    for person in people:
        answer = HttpResponse()
        request = RequestFactory().get("/")
        request.COOKIES = {COOKIE: client.cookies[COOKIE].value} if COOKIE in client.cookies else {}
        remember_device(request, answer, person.user.email)
        cookie = answer.cookies[COOKIE]
        client.cookies[COOKIE] = cookie.value
        assert "mette" not in cookie.value
        assert cookie["httponly"]
        sizes.append(len(cookie.value))
    assert len(people) > MOST_ACCOUNTS
    assert sizes[-1] <= sizes[-2] + 2
