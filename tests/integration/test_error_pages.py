"""Error pages and headers: said in the reader's language, with nothing needed but the request."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from myfone.web import errors
from tests.cast import Cast

WORDS = {
    "da": ("Her er ikke noget", "Det gik galt hos os", "Myfone holder en kort pause"),
    "en": ("There is nothing here", "That went wrong on our side", "Myfone is resting for a moment"),
    "sv": ("Här finns inget", "Det gick fel hos oss", "Myfone tar en kort paus"),
}


def asked(language: str) -> HttpRequest:
    request = RequestFactory().get("/anything/")
    request.COOKIES["language"] = language
    return request


@pytest.mark.parametrize("language", WORDS)
def test_without_a_database_the_pages_still_show(language: str) -> None:
    """pytest-django refuses the database to this test, so a page that asked it would fail."""
    missing, broken, resting = WORDS[language]
    request = asked(language)

    pages = [
        (errors.not_found(request), 404, missing),
        (errors.fault(request), 500, broken),
        (errors.unavailable(request), 503, resting),
    ]

    for page, status, words in pages:
        body = page.content.decode()
        assert page.status_code == status
        assert words in body
        assert f'lang="{language}"' in body


@pytest.mark.parametrize(
    "page", [errors.bad_request, errors.not_allowed, errors.too_many, errors.csrf_failure]
)
def test_every_page_says_what_to_do(page: object) -> None:
    answer = page(asked("da"))  # type: ignore[operator]
    assert "Til forsiden" in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_lost_database_is_told_from_a_fault() -> None:
    try:
        raise OperationalError("server closed the connection")
    except OperationalError:
        answer = errors.fault(asked("da"))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"


@pytest.fixture
def page(cast: Cast, client: Client) -> HttpResponse:
    client.force_login(cast.mette.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client.get("/settings/")


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere(page: HttpResponse) -> None:
    policy = dict(rule.strip().split(" ", 1) for rule in page.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_pages_about_somebody_are_not_kept(page: HttpResponse) -> None:
    assert "no-store" in page.headers["Cache-Control"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in page.headers["Permissions-Policy"]


def test_who_is_signed_in_keeps_the_menu_where_nothing_is(cast: Cast, client: Client) -> None:
    assert "rail-link" not in client.get("/nowhere/").content.decode()
    client.force_login(cast.mette.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    for path in ("/nowhere/", "/control/nowhere/"):
        lost = client.get(path)
        assert (lost.status_code, "rail-link" in lost.content.decode()) == (404, True)
