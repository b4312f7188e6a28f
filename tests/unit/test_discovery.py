"""What lyncdiscover.<domain> answers, before any wire."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from provisioning.rules import discovery


@pytest.mark.parametrize(
    ("uri", "domain"),
    [
        ("sip:mette@it-bixen.dk", "it-bixen.dk"),
        ("SIP:Mette@IT-Bixen.dk;transport=tls", "it-bixen.dk"),
        ("mette@it-bixen.dk:5061", "it-bixen.dk"),
        ("mette", ""),
        ("", ""),
    ],
)
def test_the_domain_of_an_address(uri: str, domain: str) -> None:
    assert discovery.domain_of(uri) == domain


@pytest.mark.parametrize(
    ("accept", "xml"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/xml", True),
        ("application/vnd.microsoft.rtc.autodiscover+xml;v=1", True),
        ("application/json;q=0.5, application/xml;q=0.9", True),
        ("application/xml;q=0.2, */*", False),
        ("application/xml;q=x", False),
    ],
)
def test_json_is_what_comes_without_a_wish(accept: str, xml: bool) -> None:
    assert discovery.wants_xml(accept) is xml


def test_both_forms_say_the_same() -> None:
    answer = discovery.user_resource("it-bixen.dk")
    read = json.loads(answer.as_json())
    tree = ElementTree.fromstring(answer.as_xml())

    assert read["AccessLocation"] == tree.get("AccessLocation") == "External"
    client = tree.find("User/SipClientExternalAccess")
    assert client is not None
    assert read["User"]["SipClientExternalAccess"] == client.attrib
    assert client.attrib == {"fqdn": "sip.it-bixen.dk", "port": "443"}
    assert [link["href"] for link in read["User"]["Links"]] == [
        link.get("href") for link in tree.findall("User/Link")
    ]


def test_the_redirect_carries_the_address_whole() -> None:
    (link,) = discovery.redirect("it-bixen.dk", "sip:a&b@it-bixen.dk").links

    assert link.token == "Redirect"
    assert link.href.endswith("/root?sipuri=sip%3Aa%26b%40it-bixen.dk")
