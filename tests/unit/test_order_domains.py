"""Which texts can be the domain of an order."""

from __future__ import annotations

import pytest

from provisioning.rules.domains import BadDomain, is_look_alike, read_domain, shown


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("it-bixen.dk", "it-bixen.dk"),
        ("  IT-Bixen.DK. ", "it-bixen.dk"),
        ("https://it-bixen.dk/kontakt", "it-bixen.dk"),
        ("rødgrød.dk", "xn--rdgrd-vuad.dk"),
        ("xn--rdgrd-vuad.dk", "xn--rdgrd-vuad.dk"),
        ("straße.de", "xn--strae-oqa.de"),
        ("firma.co.uk", "firma.co.uk"),
        ("kontor.it-bixen.dk", "kontor.it-bixen.dk"),
        ("flexskype.dk.it-bixen.dk", "flexskype.dk.it-bixen.dk"),
        ("notflexskype.dk", "notflexskype.dk"),
    ],
)
def test_what_people_write_is_read(text: str, domain: str) -> None:
    assert read_domain(text, platform_zone="flexskype.dk") == domain


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("jonas@it-bixen.dk", "email"),
        ("192.0.2.7", "address"),
        ("[2001:db8::1]", "address"),
        ("it bixen.dk", "malformed"),
        ("it_bixen.dk", "malformed"),
        ("-bixen.dk", "malformed"),
        ("bixen..dk", "malformed"),
        ("bi\u200dxen.dk", "malformed"),
        ("it-bixen.dk:443", "malformed"),
        ("it-bixen.dk\r\nBcc: x", "malformed"),
        ("'; DROP TABLE x; --.dk", "malformed"),
        ("a" * 64 + ".dk", "malformed"),
        (".".join(["a" * 60] * 5) + ".dk", "malformed"),
        ("ab--cd.dk", "malformed"),
        ("bixen", "single_label"),
        ("localhost", "single_label"),
        ("bixen.local", "not_public"),
        ("bixen.invalid", "not_public"),
        ("co.uk", "public_suffix"),
        ("github.io", "public_suffix"),
        ("flexskype.dk", "ours"),
        ("kunde.FlexSkype.dk", "ours"),
        ("www.it-bixen.dk", "host"),
        ("sip.it-bixen.dk", "host"),
    ],
)
def test_what_nobody_can_own_is_refused_with_a_reason(text: str, fault: str) -> None:
    with pytest.raises(BadDomain) as refused:
        read_domain(text, platform_zone="flexskype.dk")
    assert refused.value.fault == fault


def test_national_letters_are_shown_as_people_write_them() -> None:
    assert shown("xn--rdgrd-vuad.dk") == "rødgrød.dk"
    assert shown("it-bixen.dk") == "it-bixen.dk"


@pytest.mark.parametrize(
    ("domain", "is_one"),
    [
        ("it-bixen.dk", False),
        ("rødgrød.dk", False),
        ("straße-7.de", False),
        ("it-bixеn.dk", True),  # a Cyrillic е
        ("сосо.dk", True),
        ("αlfa.dk", True),
        ("例え.jp", True),
    ],
)
def test_a_domain_that_looks_like_another_is_known(domain: str, is_one: bool) -> None:
    assert is_look_alike(read_domain(domain, platform_zone="flexskype.dk")) is is_one
