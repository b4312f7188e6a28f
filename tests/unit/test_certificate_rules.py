"""What a certificate must be to be served, and where a name must lead to be ordered for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from provisioning.gateways.acme.fake import FakeAcme
from provisioning.rules.certificates import (
    Bundle,
    CertificateUnfit,
    KeyKind,
    checked,
    facts,
    load_key,
    names_for,
    new_key,
    request_for,
)
from provisioning.rules.names import Name
from provisioning.rules.observation import Outcome, Resolution
from provisioning.rules.whereabouts import Where, whereabouts

OURS = ("192.0.2.1", "2001:db8::1")
NAMES = names_for("it-bixen.dk")


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    ca, key = FakeAcme(tmp_path / "ca"), new_key()
    account = ca.open_account(key=new_key(), contact="drift@flexskype.dk")
    order = ca.new_order(account, names=NAMES)
    for challenge in ca.challenges(account, order=order):
        ca.answer(account, challenge=challenge)
    order = ca.finalize(account, order=order, request=request_for(NAMES, key))
    return Bundle(ca.download(account, order=order), key)


def test_one_certificate_has_both_names() -> None:
    assert names_for("IT-Bixen.dk.") == ("sip.it-bixen.dk", "lyncdiscover.it-bixen.dk")


def test_a_fitting_bundle_says_what_it_is(bundle: Bundle) -> None:
    said = checked(bundle, names=NAMES, at=dt.datetime.now(dt.UTC))

    assert said == facts(bundle.chain) == bundle.facts
    assert said.serial == said.serial.upper()
    assert bundle.pem.count(b"BEGIN") == 3
    assert "PRIVATE" not in repr(bundle)


@pytest.mark.parametrize(
    ("days", "fits"),
    [(-1, False), (0, True), (44, True), (46, False)],
    ids=["before", "now", "last", "after"],
)
def test_it_holds_between_its_dates(bundle: Bundle, days: int, fits: bool) -> None:
    at = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    try:
        checked(bundle, at=at)
    except CertificateUnfit:
        assert not fits
    else:
        assert fits


def test_what_does_not_fit_is_refused(bundle: Bundle) -> None:
    leaf, root = bundle.chain.split(b"-----END CERTIFICATE-----\n")[:2]
    end = b"-----END CERTIFICATE-----\n"
    broken = {
        "a foreign key": Bundle(bundle.chain, new_key()),
        "another order": Bundle(root + end + leaf + end, bundle.key),
        "no certificate": Bundle(b"nothing", bundle.key),
        "a torn certificate": Bundle(bundle.chain[:200], bundle.key),
        "no key": Bundle(bundle.chain, b"nothing"),
    }
    for what, unfit in broken.items():
        with pytest.raises(CertificateUnfit):
            checked(unfit)
            pytest.fail(what)
    with pytest.raises(CertificateUnfit, match=r"sip\.andre\.dk"):
        checked(bundle, names=names_for("andre.dk"))


def test_a_key_is_made_in_both_kinds() -> None:
    assert load_key(new_key(KeyKind.P256)).key_size == 256
    assert load_key(new_key(KeyKind.RSA2048)).key_size == 2048


@pytest.mark.parametrize(
    ("outcome", "addresses", "where"),
    [
        (Outcome.ANSWER, ("192.0.2.1",), Where.HERE),
        (Outcome.ANSWER, OURS, Where.HERE),
        (Outcome.ANSWER, ("192.0.2.1", "192.0.2.9"), Where.ELSEWHERE),
        (Outcome.ANSWER, ("192.0.2.9",), Where.ELSEWHERE),
        (Outcome.NXDOMAIN, (), Where.ELSEWHERE),
        (Outcome.NODATA, (), Where.ELSEWHERE),
        (Outcome.TIMEOUT, (), Where.UNKNOWN),
        (Outcome.SERVFAIL, (), Where.UNKNOWN),
        (Outcome.REFUSED, (), Where.UNKNOWN),
        (Outcome.BOGUS, (), Where.UNKNOWN),
    ],
)
def test_silence_is_unknown_and_never_elsewhere(
    outcome: Outcome, addresses: tuple[str, ...], where: Where
) -> None:
    name = Name.parse("sip.it-bixen.dk")

    assert whereabouts(Resolution(name, outcome, (), addresses), OURS).where is where
