"""One contract for the demo's web host: the real name server and the stand-in's file hold the same zone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from demo.webhost import BadRecord, Entry, NameServerSilent, NotTaken, ZoneHost
from demo.webhost.zone import KnotHost, StandInHost, office365_entries
from provisioning.gateways.dns.fake import StandInDns
from provisioning.rules.dns_findings import State
from provisioning.rules.dns_verdict import Decision
from stack import ports, zones
from stack.knot import Knot
from tests.dns_cases import DOMAIN, look

NAMESERVERS = ("ns1.webhost.dk", "ns2.webhost.dk")


@pytest.fixture(scope="module")
def knot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knot]:
    directory = tmp_path_factory.mktemp("webhost")
    made = Knot(directory, [ports.loopback(directory)], {DOMAIN: zones.office365_zone(DOMAIN, NAMESERVERS)})
    with made:
        yield made


@pytest.fixture(params=["standin", "real"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> ZoneHost:
    if request.param == "standin":
        return StandInHost(DOMAIN, tmp_path / f"standin-{DOMAIN}.zone")
    knot: Knot = request.getfixturevalue("knot")
    made = KnotHost(DOMAIN, f"{knot.addresses[0]}:53")
    held = made.entries()
    wanted = office365_entries(DOMAIN)
    made.change(remove=[one for one in held if one not in wanted], add=wanted)
    return made


def entry(line: str) -> Entry:
    return Entry.of_line(DOMAIN, line)


def test_it_begins_with_the_zone_of_a_customer_on_office_365(host: ZoneHost) -> None:
    assert host.entries() == office365_entries(DOMAIN)


def test_records_are_added_and_taken_out(host: ZoneHost) -> None:
    old, new = entry("sip CNAME sipdir.online.lync.com."), entry("sip CNAME sip.flexskype.dk.")
    host.change(remove=[old], add=[new])

    assert new in host.entries()
    assert old not in host.entries()


def test_a_record_that_may_not_stand_there_is_said_and_nothing_is_lost(host: ZoneHost) -> None:
    before = host.entries()
    with pytest.raises(NotTaken):
        host.change(remove=[entry("www CNAME @")], add=[entry("sip A 192.0.2.1")])

    assert host.entries() == before


@pytest.mark.parametrize(
    ("owner", "type_", "data"),
    [
        ("sip", "CNAME", "a b"),
        ("sip", "SRV", "1 2 x"),
        ("sip", "A", "nowhere"),
        ("sip", "NS", "ns1.webhost.dk."),
        ("sip.other.dk.", "A", "192.0.2.1"),
        ("a..b", "A", "192.0.2.1"),
    ],
)
def test_what_cannot_be_read_is_refused(owner: str, type_: str, data: str) -> None:
    with pytest.raises(BadRecord):
        Entry.parse(DOMAIN, owner, type_, data)


def test_a_forgotten_dot_puts_the_domain_behind() -> None:
    assert entry("sip CNAME sip.flexskype.dk").data == "sip.flexskype.dk.it-bixen.dk."


def test_a_silent_name_server_is_said(tmp_path: Path) -> None:
    address = ports.loopback(tmp_path)
    with pytest.raises(NameServerSilent):
        KnotHost(DOMAIN, f"{address}:{ports.free_port(address)}").entries()


def test_the_stand_in_for_dns_reads_the_same_file(tmp_path: Path) -> None:
    host = StandInHost(DOMAIN, tmp_path / f"standin-{DOMAIN}.zone")
    assert host.entries() == office365_entries(DOMAIN)
    before_any_change = look(StandInDns(tmp_path))
    assert before_any_change.decision is Decision.NOT_YET
    assert {judged.state for judged in before_any_change.records} == {State.WRONG}
    for before, after in (
        ("sip CNAME sipdir.online.lync.com.", "sip CNAME sip.flexskype.dk."),
        ("lyncdiscoverinternal CNAME webdir.online.lync.com.", "note TXT hello"),
        ("lyncdiscover CNAME webdir.online.lync.com.", "lyncdiscover CNAME lyncdiscover.flexskype.dk."),
        ("_sip._tls SRV 100 1 443 sipdir.online.lync.com.", "_sip._tls SRV 100 1 443 sip"),
        (
            "_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.",
            "_sipfederationtls._tcp SRV 100 1 5061 sip",
        ),
    ):
        host.change(remove=[entry(before)], add=[entry(after)])

    assert look(StandInDns(tmp_path)).decision is Decision.APPROVED


@pytest.fixture
def browser(host: ZoneHost, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr("demo.web.webhost.zone_host", lambda zone: host)
    return Client(headers={"accept-language": "en"})


def press(browser: Client, **fields: str) -> str:
    return " ".join(browser.post("/demo/web-host/", fields, follow=True).content.decode().split())


def test_the_page_shows_each_record_as_a_row(db: None, browser: Client) -> None:
    shown = browser.get("/demo/web-host/").content.decode()

    assert "A page of the demo." in shown
    assert 'value="sipdir.online.lync.com."' in shown
    assert shown.count('value="save"') == len(office365_entries(DOMAIN))


def test_one_button_does_what_the_guide_says_and_another_goes_back(
    db: None, browser: Client, host: ZoneHost
) -> None:
    press(browser, do="guide")
    held = host.entries()
    assert entry("_sipfederationtls._tcp SRV 100 1 5061 sip") in held
    assert entry("autodiscover CNAME autodiscover.outlook.com.") in held
    assert not [one for one in held if "lync.com" in one.data]

    press(browser, do="office365")
    assert host.entries() == office365_entries(DOMAIN)


def test_a_row_is_changed_added_and_deleted(db: None, browser: Client, host: ZoneHost) -> None:
    new = {"owner": "lyncdiscover", "type": "CNAME", "data": "lyncdiscover.flexskype.dk.", "ttl": "300"}
    press(browser, do="save", was="lyncdiscover CNAME webdir.online.lync.com.", **new)
    press(browser, do="delete", was="lyncdiscoverinternal CNAME webdir.online.lync.com.")
    press(browser, do="add", owner="test", type="A", data="192.0.2.9", ttl="600")

    held = {one.key for one in host.entries()}
    assert "lyncdiscover CNAME lyncdiscover.flexskype.dk." in held
    assert "lyncdiscover CNAME webdir.online.lync.com." not in held
    assert "lyncdiscoverinternal CNAME webdir.online.lync.com." not in held
    assert "test A 192.0.2.9" in held


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"do": "add", "owner": "x", "type": "A", "data": "y"}, "This record cannot be read: x A y"),
        (
            {"do": "add", "owner": "x", "type": "A", "data": "192.0.2.1", "ttl": "soon"},
            "cannot be read: soon",
        ),
        ({"do": "delete"}, "This record cannot be read"),
        ({"do": "save", "was": "x"}, "This record cannot be read"),
        ({"do": "dance"}, "There is no such button."),
        ({"do": "add", "owner": "sip", "type": "A", "data": "192.0.2.1"}, "A CNAME cannot stand beside"),
    ],
)
def test_what_goes_wrong_is_said(db: None, browser: Client, fields: dict[str, str], words: str) -> None:
    assert words in press(browser, **fields)


def test_a_silent_name_server_shows_on_the_page(
    db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address = ports.loopback(tmp_path)
    dead = KnotHost(DOMAIN, f"{address}:{ports.free_port(address)}")
    monkeypatch.setattr("demo.web.webhost.zone_host", lambda zone: dead)
    browser = Client(headers={"accept-language": "en"})

    assert "The name server does not answer." in browser.get("/demo/web-host/").content.decode()
    assert "Nothing was changed." in press(browser, do="guide")
