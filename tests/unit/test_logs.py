"""No secret reaches the log, by its name or by its look."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from myfone.config.logs import hide_secrets


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "hunter2"),
        ("new_password", "hunter2"),
        ("ha1", "0" * 32),
        ("api_token", "abc"),
        ("event", "Authorization: Digest username=mette, response=abc"),
        ("event", "postgres://app:hunter2@127.0.0.1/myfone"),
        ("event", "Bad Request: /account/invitation/WzEsImFAYiJd:1abc:hunter2/"),
        ("event", "Conflict: /account/join/WzEsImFAYiJd:1abc:hunter2/"),
        ("event", "Found: /account/address/WzEsImFAYiJd:1abc:hunter2/"),
        ("event", "Not Found: /m/WzEsImFAYiJd:1abc:hunter2.xml"),
        ("event", "Not Found: /account/password/reset/key/4-dif3m4-abcabc/"),
        ("event", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"),
    ],
)
def test_a_secret_is_hidden(name: str, value: str) -> None:
    text = str(hide_secrets(None, "info", {name: value})[name])
    assert "[hidden]" in text
    for part in ("hunter2", "0" * 32, "abc", "MIIE"):
        assert part not in text


def test_a_request_that_is_logged_as_such_hides_its_links_too() -> None:
    request = RequestFactory().get("/account/invitation/WzEsImFAYiJd:1abc:hunter2/")
    assert "hunter2" not in str(hide_secrets(None, "info", {"request": request})["request"])


def test_what_is_no_secret_stays() -> None:
    event = {"event": "job failed", "job_key": "mail:1", "url": "postgres://127.0.0.1/myfone"}
    assert hide_secrets(None, "info", dict(event)) == event
