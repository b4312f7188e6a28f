"""Whoever answers 112 reads where the caller is: the company's registered address goes along with the call."""

from __future__ import annotations

import email.parser
import email.policy
from xml.etree import ElementTree

import pytest

from demo.sipclient import Account
from demo.sipclient.connection import Datagrams
from demo.sipclient.phone import SipPhone
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import CallRecord, Site, SitePlace, Trunk
from tests.contract.calling import GATEWAY_ADDRESS, Office
from tests.contract.switching import eventually
from tests.contract.test_call_faults import shut_down

CIVIC = "{urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr}"


@pytest.fixture
def sites(office: Office) -> tuple[Site, Site]:
    """The company's default address and another, and a trunk that is told them."""
    with tenant(office.cast.sara.actor):
        home = Site(
            customer=office.cast.bixen, name="Aarhus", street="Åboulevarden & Co", house_number="12B",
            details="2. sal", postcode="8000", town="Aarhus C", is_default=True,
        )  # fmt: skip
        away = Site(
            customer=office.cast.bixen, name="Odense", street="Vestergade", house_number="7",
            postcode="5000", town="Odense C",
        )  # fmt: skip
        home.save()
        away.save()
    Trunk.objects.update(takes_location=True)
    return home, away


def told(far_end: SipPhone, after: int = 0) -> dict[str, str]:
    """Read what the far end was told of where the caller is, and that it was offered sound all the same."""
    invite = far_end.rung(after=after).invite
    assert invite is not None
    if "multipart" not in (invite.first("content-type") or ""):
        return {}
    head = f"Content-Type: {invite.first('content-type')}\r\n\r\n"
    whole = email.parser.BytesParser(policy=email.policy.default).parsebytes(head.encode() + invite.body)
    offer, place = whole.iter_parts()
    assert offer.get_content_type() == "application/sdp"
    assert str(offer.get_payload()).startswith("v=0")
    assert place.get_content_type() == "application/pidf+xml"
    assert invite.first("geolocation") == f"<cid:{str(place['content-id']).strip('<>')}>"
    document = ElementTree.fromstring(place.get_payload(decode=True))
    return {part.tag.removeprefix(CIVIC): part.text or "" for part in document.iter() if CIVIC in part.tag}


def test_the_far_end_reads_the_address_of_the_phone_its_owner_or_the_company(
    office: Office, sites: tuple[Site, Site]
) -> None:
    office.trunk.answers_after = 0
    sara, mette = office.connect("sara"), office.connect("mette")
    sara.call("112").wait("up").hang_up()
    read = told(office.trunk)
    assert {name: read[name] for name in ("country", "A3", "RD", "HNO", "HNS", "LOC", "NAM", "PC")} == {
        "country": "DK", "A3": "Aarhus C", "RD": "Åboulevarden & Co", "HNO": "12", "HNS": "B", "LOC": "2. sal",
        "NAM": "IT-bixen ApS", "PC": "8000",
    }  # fmt: skip
    invite = office.trunk.rung().invite
    assert invite is not None
    assert (invite.first("p-asserted-identity") or "").startswith("<sip:+45")
    assert office.cast.mette.employee is not None
    with tenant(office.cast.sara.actor):
        place = SitePlace(customer=office.cast.bixen, employee=office.cast.mette.employee, site=sites[1])
        place.save()
    mette.call("114").wait("up").hang_up()
    assert told(office.trunk, 1)["RD"] == "Vestergade"
    # Others are called without it.
    mette.call("22334455").wait("up").hang_up()
    assert told(office.trunk, 2) == {}


def test_a_trunk_that_refuses_it_gets_the_call_without(office: Office, sites: tuple[Site, Site]) -> None:
    office.trunk.refuses = 415
    sara = office.connect("sara")
    call = sara.call("112")
    assert eventually(lambda: len(office.trunk.times("refuses")) == 2)
    assert told(office.trunk)["RD"] == "Åboulevarden & Co"
    assert told(office.trunk, 1) == {}
    call.wait("ended")
    with tenant(office.cast.sara.actor):
        rows = CallRecord.objects.visible_to(office.cast.sara.actor)
        assert eventually(lambda: rows.filter(ended_at__isnull=False).count() == 1)


def test_it_goes_along_with_the_database_away(
    office: Office, sites: tuple[Site, Site], postgres: Postgres
) -> None:
    gateway = SipPhone(
        Datagrams(office.switch.address, office.switch.port, source=GATEWAY_ADDRESS, source_port=5060),
        Account("@gateway.invalid", ""),
        answers_after=0,
    )
    office.closing.callback(gateway.close)
    host, port = gateway.link.local
    Trunk.objects.update(gateway=f"{host}:{port}")
    # It has never called; it has only signed in.
    line = office.connect("line")
    with shut_down(postgres):
        line.call("112").wait("up").hang_up()
        assert told(gateway)["RD"] == "Åboulevarden & Co"
    assert eventually(lambda: all(line.register() == 200 for _ in range(40)))
