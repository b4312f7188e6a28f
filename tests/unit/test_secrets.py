"""Secrets at rest: several keys, bound to their row, and nothing of them readable."""

from __future__ import annotations

import base64
import dataclasses
import os

import pytest
from django.conf import settings

from myfone.kernel import secrets
from myfone.kernel.secrets import CannotOpen

ROW = "provisioning.certificate:1:key"
TEXT = b"-----BEGIN PRIVATE KEY-----"


def key(name: str) -> str:
    return f"{name}:{base64.urlsafe_b64encode(os.urandom(32)).decode()}"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch):
    def use(*texts: str) -> None:
        changed = dataclasses.replace(settings.ENVIRONMENT, secrets_keys=texts)
        monkeypatch.setattr(settings, "ENVIRONMENT", changed)

    return use


def test_a_secret_comes_back_and_does_not_show() -> None:
    sealed = secrets.seal(TEXT, bound_to=ROW)

    assert secrets.unseal(sealed, bound_to=ROW) == TEXT
    assert TEXT not in sealed
    assert sealed != secrets.seal(TEXT, bound_to=ROW)


def test_an_empty_secret_is_a_secret() -> None:
    assert secrets.unseal(secrets.seal(b"", bound_to=ROW), bound_to=ROW) == b""


def test_a_value_copied_to_another_row_does_not_open() -> None:
    with pytest.raises(CannotOpen):
        secrets.unseal(secrets.seal(TEXT, bound_to=ROW), bound_to="provisioning.certificate:2:key")


def test_a_new_key_in_front_seals_and_the_old_one_still_opens(keys) -> None:
    old, new = key("2026"), key("2027")
    keys(old)
    before = secrets.seal(TEXT, bound_to=ROW)
    keys(new, old)

    assert secrets.key_of(before) == "2026"
    assert secrets.key_of(secrets.seal(TEXT, bound_to=ROW)) == "2027"
    assert secrets.unseal(before, bound_to=ROW) == TEXT


def test_rewrapped_secrets_need_the_old_key_no_more(keys) -> None:
    old, new = key("2026"), key("2027")
    keys(old)
    sealed = secrets.seal(TEXT, bound_to=ROW)
    keys(new, old)
    moved = secrets.rewrap(sealed, bound_to=ROW)
    keys(new)

    assert secrets.unseal(moved, bound_to=ROW) == TEXT
    assert secrets.rewrap(moved, bound_to=ROW) == moved
    with pytest.raises(CannotOpen, match="2026"):
        secrets.unseal(sealed, bound_to=ROW)


def test_another_key_of_the_same_name_does_not_open(keys) -> None:
    keys(key("2026"))
    sealed = secrets.seal(TEXT, bound_to=ROW)
    keys(key("2026"))

    with pytest.raises(CannotOpen):
        secrets.unseal(sealed, bound_to=ROW)


def test_every_changed_or_missing_byte_is_noticed() -> None:
    sealed = secrets.seal(TEXT, bound_to=ROW)

    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(CannotOpen):
            secrets.unseal(bytes(changed), bound_to=ROW)
        with pytest.raises(CannotOpen):
            secrets.unseal(sealed[:place], bound_to=ROW)
