"""A new key goes in front, the secrets move over, and the old key can go."""

from __future__ import annotations

import base64
import dataclasses
import io
import os
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core.management import CommandError, call_command

from myfone.accounts.adapter import UNBOUND, bound_to
from myfone.kernel import secrets
from myfone.tenancy.context import tenant
from provisioning.models import AcmeAccount, Certificate
from provisioning.services import certificate_steps, certificates
from tests.cast import Cast
from tests.certificates import planned, stand_ins


def use(monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    changed = dataclasses.replace(settings.ENVIRONMENT, secrets_keys=keys)
    monkeypatch.setattr(settings, "ENVIRONMENT", changed)


def test_all_secrets_move_under_the_new_key(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_ins(tmp_path, "it-bixen.dk").use(monkeypatch)
    (old,) = settings.ENVIRONMENT.secrets_keys
    new = "new:" + base64.urlsafe_b64encode(os.urandom(32)).decode()
    certificate = planned(cast)
    certificates.pursue(actor=cast.sara.actor, certificate_id=certificate.pk)
    factor = TOTP.activate(cast.jonas.user, generate_totp_secret()).instance
    use(monkeypatch, new, old)

    said = io.StringIO()
    call_command("rewrap_secrets", stdout=said)
    use(monkeypatch, new)

    with tenant(cast.sara.actor):
        kept = Certificate.objects.visible_to(cast.sara.actor).get()
    assert b"PRIVATE KEY" in certificate_steps.open_key(kept)
    assert secrets.key_of(bytes(AcmeAccount.objects.get().key_encrypted)) == "new"
    factor.refresh_from_db()
    assert secrets.key_of(bytes.fromhex(factor.data["secret"])) == "new"
    assert said.getvalue().count(": 1 moved") == 3
    again = io.StringIO()
    call_command("rewrap_secrets", stdout=again)
    assert again.getvalue().count(": 0 moved") == 3


def test_a_key_that_is_missing_is_named_and_nothing_changes(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_ins(tmp_path, "it-bixen.dk").use(monkeypatch)
    certificate = planned(cast)
    certificates.pursue(actor=cast.sara.actor, certificate_id=certificate.pk)
    use(monkeypatch, "new:" + base64.urlsafe_b64encode(os.urandom(32)).decode())

    with pytest.raises(CommandError, match="the key test is not in SECRETS_KEYS"):
        call_command("rewrap_secrets", stdout=io.StringIO())


def test_second_factors_are_bound_to_their_owners(cast: Cast) -> None:
    secret = generate_totp_secret()
    factor = TOTP.activate(cast.jonas.user, secret).instance
    before = bytes.fromhex(factor.data["secret"])
    assert secrets.unseal(before, bound_to=UNBOUND).decode() == secret
    said = io.StringIO()
    call_command("rewrap_secrets", stdout=said)
    assert "second factors: 1 moved" in said.getvalue()
    factor.refresh_from_db()
    sealed = bytes.fromhex(factor.data["secret"])
    assert secrets.unseal(sealed, bound_to=bound_to(cast.jonas.user.pk)).decode() == secret
    for other in (UNBOUND, bound_to(cast.olga.user.pk)):
        with pytest.raises(secrets.CannotOpen):
            secrets.unseal(sealed, bound_to=other)
    again = io.StringIO()
    call_command("rewrap_secrets", stdout=again)
    assert "second factors: 0 moved" in again.getvalue()
