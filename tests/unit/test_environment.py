"""Settings are typed, and a machine that lacks some is told all of it at once."""

from __future__ import annotations

import pytest

from myfone.config.environment import BadEnvironment, Endpoint, read

KEY = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
GOOD = {"SECRET_KEY": "s", "DATABASE_URL": "postgres://app@localhost/myfone", "SECRETS_KEYS": KEY}


def test_what_is_given_is_typed() -> None:
    found = read(
        GOOD | {"DEBUG": "yes", "DNS_RESOLVERS": "127.0.0.1:5300, [::1]:53, ns.example", "DEMO": "0"}
    )
    assert found.debug is True
    assert found.demo is False
    assert found.dns_resolvers == (
        Endpoint("127.0.0.1", 5300),
        Endpoint("::1", 53),
        Endpoint("ns.example", 53),
    )
    assert str(found.dns_resolvers[1]) == "[::1]:53"


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(BadEnvironment) as raised:
        read({"DEBUG": "perhaps", "GATEWAY_ACME": "live", "SECRETS_KEYS": "k1:c2hvcnQ="})
    for name in ("DEBUG", "SECRET_KEY", "DATABASE_URL", "ACME_DIRECTORY_URL", "SECRETS_KEYS"):
        assert name in str(raised.value)


@pytest.mark.parametrize("kind", ["fake", "live"])
def test_a_gateway_is_live_or_named_as_a_fake(kind: str) -> None:
    assert read(GOOD | {"GATEWAY_DNS": kind}).gateway_dns == kind
    with pytest.raises(BadEnvironment, match="GATEWAY_DNS: expected one of live, fake"):
        read(GOOD | {"GATEWAY_DNS": "real"})
