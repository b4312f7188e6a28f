"""A real switch behind a real TLS front, on the portal's database: who signs in, who does not, and what is kept."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from cryptography import x509
from django.conf import settings as django_settings
from django.db import connections
from django.test import Client as WebClient

from demo.sipclient import Account, Session, SignInFailed, sign_in
from demo.sipclient.connection import Connection, ConnectionFailed, Datagrams, tcp, tls
from myfone.config.environment import Endpoint
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack import ports, zones
from stack.authority import Authority
from stack.haproxy import HAProxy
from stack.kamailio import Kamailio
from stack.knot import Knot
from stack.postgres import Postgres
from stack.unbound import Unbound
from telephony import services
from telephony.models import Phone, SipDomain
from telephony.selectors import Client, Refusal, clients, refusals
from tests.cast import Cast, Person
from tests.environment import PASSWORDS

PASSWORD = "Gul-Kanin-47"
BAN_AFTER, SOURCE_BAN_AFTER, BAN_SECONDS = 3, 6, 3
Via = Callable[[], Connection]
_sources = count(1)


def database_url(postgres: Postgres) -> str:
    return postgres.url(django_settings.DATABASES["default"]["NAME"], "kamailio", PASSWORDS["kamailio"])


@pytest.fixture(scope="module")
def switch(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, django_db_setup: None
) -> Iterator[Kamailio]:
    directory = tmp_path_factory.mktemp("kamailio")
    with Kamailio(
        directory,
        database=database_url(postgres),
        address=ports.loopback(directory),
        ban_after=BAN_AFTER,
        source_ban_after=SOURCE_BAN_AFTER,
        ban_seconds=BAN_SECONDS,
    ) as service:
        yield service


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def front(
    tmp_path_factory: pytest.TempPathFactory, switch: Kamailio, authority: Authority
) -> Iterator[HAProxy]:
    directory = tmp_path_factory.mktemp("front")
    with HAProxy(
        directory,
        sip_server=f"{switch.address}:{switch.tls_port}",
        plain_sip_server=f"{switch.address}:{switch.plain_port}",
        web_server=f"127.0.0.1:{ports.free_port()}",
        address=switch.address,
        authority=authority,
    ) as service:
        certificate, key = authority.issue(["sip.it-bixen.dk", "lyncdiscover.it-bixen.dk"])
        pem = service.certificates / "it-bixen.dk.pem"
        pem.write_bytes(certificate + key)
        with service.crt_list.open("a") as crt_list:
            crt_list.write(f"{pem}\n")
        service.stop()
        yield service.start()


@pytest.fixture(scope="module")
def resolver(tmp_path_factory: pytest.TempPathFactory, front: HAProxy) -> Iterator[str]:
    """A resolver that knows the zones of the guide's company and of the platform."""
    directory = tmp_path_factory.mktemp("dns")
    nameserver, address = ports.loopback(directory / "knot"), ports.loopback(directory / "unbound")
    served = {
        "it-bixen.dk": zones.zone_text(
            "it-bixen.dk",
            ["ns1.flexskype.dk"],
            ["sip CNAME sip.flexskype.dk.", "_sip._tls SRV 100 1 443 sip.it-bixen.dk."],
        ),
        "flexskype.dk": zones.zone_text("flexskype.dk", ["ns1.flexskype.dk"], [f"sip A {front.address}"]),
    }
    with (
        Knot(directory / "knot", [nameserver], served),
        Unbound(directory / "unbound", address, {zone: [f"{nameserver}@53"] for zone in served}),
    ):
        yield f"{address}:53"


@dataclass
class Linked:
    """An employee with a linked Skype client."""

    person: Person
    phone: Phone

    @property
    def account(self) -> Account:
        return Account(str(self.phone), PASSWORD)

    def clients(self) -> list[Client]:
        with tenant(self.person.actor):
            return clients([self.phone])

    def refusals(self) -> list[Refusal]:
        with tenant(self.person.actor):
            return refusals([self.phone])


def link(person: Person, domain: str, username: str) -> Linked:
    assert person.employee is not None
    with tenant(person.actor):
        sip_domain = SipDomain(customer_id=person.actor.customer_id, name=domain)
        sip_domain.save()
        phone = services.create_skype_phone(
            actor=person.actor,
            employee=person.employee,
            sip_domain=sip_domain,
            username=username,
            password=PASSWORD,
            at=clock.now(),
        )
    return Linked(person, phone)


@pytest.fixture
def mette(live_cast: Cast) -> Linked:
    return link(live_cast.mette, "it-bixen.dk", "mette")


@pytest.fixture
def source() -> str:
    """An address that no other test signs in from, so that nobody is shut out for somebody else's deeds."""
    return f"127.201.7.{next(_sources)}"


@pytest.fixture
def udp(switch: Kamailio, source: str) -> Via:
    return lambda: Datagrams(switch.address, switch.port, source=source)


def location(postgres: Postgres) -> list[tuple[str, ...]]:
    with psycopg.connect(
        postgres.superuser_url(django_settings.DATABASES["default"]["NAME"]), autocommit=True
    ) as server:
        rows = server.execute("SELECT username, domain, user_agent, received FROM kam.location ORDER BY 1, 2")
        return [tuple(row) for row in rows]


def refused(account: Account, via: Via) -> int:
    with pytest.raises(SignInFailed) as failure:
        sign_in(account, via=via)
    return failure.value.status


def welcome(account: Account, via: Via, *, meanwhile: int) -> bool:
    """Tell whether the account may sign in; until then it must get this status and no other."""
    try:
        sign_in(account, via=via).sign_out()
        status = 0
    except SignInFailed as failure:
        status = failure.status
    assert status in (0, meanwhile)
    return status == 0


def eventually(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    """Wait for a condition that another process brings about."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_a_client_registers_over_udp_and_leaves(
    mette: Linked, udp: Via, source: str, postgres: Postgres
) -> None:
    session = sign_in(mette.account, via=udp, agent="Desk/1")
    assert [row[:3] for row in location(postgres)] == [("mette", "it-bixen.dk", "Desk/1")]
    (client,) = mette.clients()
    assert (client.user_agent, client.address, client.transport) == ("Desk/1", source, "UDP")
    assert client.is_connected
    session.sign_out()
    assert location(postgres) == []
    assert not mette.clients()[0].is_connected


@pytest.mark.parametrize(
    ("port", "transport"), [(443, "TLS"), (5061, "TLS"), (5060, "TCP")], ids=["443", "5061", "5060"]
)
def test_a_client_registers_through_the_front_with_its_own_address(
    mette: Linked,
    front: HAProxy,
    authority: Authority,
    source: str,
    postgres: Postgres,
    port: int,
    transport: str,
) -> None:
    def via() -> Connection:
        if transport == "TCP":
            return tcp(front.address, port, source=source)
        return tls(front.address, port, host="sip.it-bixen.dk", ca_file=str(authority.root), source=source)

    session = sign_in(mette.account, via=via, agent="Softphone/2")
    (row,) = location(postgres)
    assert row[3].startswith(f"sip:{source}:")
    (client,) = mette.clients()
    assert (client.address, client.transport, client.is_connected) == (source, transport, True)
    # The phone loses its network: its registration goes with the connection, not with its expiry.
    session.close()
    assert eventually(lambda: location(postgres) == [])
    assert not mette.clients()[0].is_connected


def test_address_and_password_are_enough_to_find_the_switch(
    mette: Linked, resolver: str, front: HAProxy, authority: Authority
) -> None:
    with sign_in(mette.account, resolvers=[resolver], ca_file=str(authority.root)) as session:
        assert [step.code for step in session.steps] == [
            "dns_nothing",
            "dns_answer",
            "dns_answer",
            "connected",
            "certificate",
            "challenged",
            "registered",
        ]
        assert session.steps[1].params["answers"] == ["100 1 443 sip.it-bixen.dk."]
        assert session.steps[2].params["canonical"] == "sip.flexskype.dk"
        leaf, root = session.chain
        assert leaf.names == ("sip.it-bixen.dk", "lyncdiscover.it-bixen.dk")
        assert root.subject == leaf.issuer
        certificate = x509.load_pem_x509_certificate((front.certificates / "it-bixen.dk.pem").read_bytes())
        assert int(leaf.serial, 16) == certificate.serial_number


def test_the_demo_page_shows_each_step_and_stays_signed_in_until_told_otherwise(
    mette: Linked,
    resolver: str,
    authority: Authority,
    postgres: Postgres,
    client: WebClient,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    endpoint = Endpoint.parse(resolver, 53)
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, dns_resolvers=(endpoint,), var_directory=tmp_path)
    monkeypatch.setattr("demo.web.client.trusted", lambda: str(authority.root))
    client.cookies["language"] = "en"
    page = client.post("/demo/client/", {"address": "mette@it-bixen.dk", "password": "Rød-Kanin-48"})
    assert "The switch refused" in page.content.decode()
    assert location(postgres) == []
    page = client.post("/demo/client/", {"address": "Mette@it-bixen.dk", "password": PASSWORD})
    shown = page.content.decode()
    assert "The client is signed in" in shown
    assert "100 1 443 sip.it-bixen.dk." in shown
    assert page.context["chain"][0].names[0] == "sip.it-bixen.dk"
    assert f"<code data-serial>{page.context['chain'][0].serial}</code>" in shown
    assert [row[:3] for row in location(postgres)] == [("mette", "it-bixen.dk", "Myfone demo client")]
    (one,) = page.context["staying"]
    assert client.post("/demo/client/", {"leave": one.token}).status_code == 302
    assert eventually(lambda: location(postgres) == [])


def test_the_client_refuses_a_front_that_cannot_prove_who_it_is(
    front: HAProxy, authority: Authority, tmp_path: Path
) -> None:
    with pytest.raises(ConnectionFailed, match="untrusted"):
        tls(front.address, 443, host="sip.havnens.dk", ca_file=str(authority.root))
    stranger = Authority(tmp_path / "stranger")
    with pytest.raises(ConnectionFailed, match="untrusted"):
        tls(front.address, 443, host="sip.it-bixen.dk", ca_file=str(stranger.root))


def test_a_wrong_password_is_refused_and_shown(
    mette: Linked, udp: Via, source: str, postgres: Postgres
) -> None:
    assert refused(Account(str(mette.phone), "Rød-Kanin-48"), udp) == 401
    assert location(postgres) == []
    (refusal,) = mette.refusals()
    assert (refusal.address, refusal.failures, refusal.banned_until) == (source, 1, None)
    assert mette.clients() == []


def test_the_same_user_name_at_another_company_is_somebody_else(
    mette: Linked, live_cast: Cast, udp: Via, postgres: Postgres
) -> None:
    other = link(live_cast.freja, "havnens.dk", "mette")
    with tenant(other.person.actor):
        services.change_password(
            actor=other.person.actor, phone=other.phone, password="Sort-Svane-12", at=clock.now()
        )
    assert refused(Account("mette@havnens.dk", PASSWORD), udp) == 401
    with sign_in(Account("mette@havnens.dk", "Sort-Svane-12"), via=udp):
        assert [row[:2] for row in location(postgres)] == [("mette", "havnens.dk")]
        assert mette.clients() == []
        assert len(other.clients()) == 1


def test_an_unknown_user_learns_no_more_than_a_wrong_password_tells(mette: Linked, udp: Via) -> None:
    answers = []
    for account in (Account("nobody@it-bixen.dk", PASSWORD), Account(str(mette.phone), "Rød-Kanin-48")):
        with pytest.raises(SignInFailed) as failure:
            sign_in(account, via=udp)
        answers.append((failure.value.status, str(failure.value)))
    assert answers[0] == answers[1]


def test_a_new_password_holds_at_once(mette: Linked, udp: Via) -> None:
    with tenant(mette.person.actor):
        services.change_password(
            actor=mette.person.actor, phone=mette.phone, password="Anden-Kanin-48", at=clock.now()
        )
    assert refused(mette.account, udp) == 401
    sign_in(Account(str(mette.phone), "Anden-Kanin-48"), via=udp).sign_out()


@pytest.mark.parametrize("end", ["disable", "disconnect"])
def test_a_phone_out_of_use_cannot_sign_in_any_more(mette: Linked, udp: Via, end: str) -> None:
    session = sign_in(mette.account, via=udp)
    actor = mette.person.actor
    with tenant(actor):
        if end == "disable":
            Phone.objects.visible_to(actor).filter(pk=mette.phone.pk).update(is_enabled=False)
        else:
            services.disconnect(actor=actor, phone=mette.phone, at=clock.now())
    assert session.register().status == 401
    session.close()


def test_guessing_shuts_out_the_user_from_there_alone_and_for_a_while(
    mette: Linked, switch: Kamailio, udp: Via, source: str
) -> None:
    wrong = Account(str(mette.phone), "Rød-Kanin-48")
    assert [refused(wrong, udp) for _ in range(BAN_AFTER)] == [401] * (BAN_AFTER - 1) + [403]
    began = time.monotonic()
    assert refused(mette.account, udp) == 403
    (refusal,) = mette.refusals()
    assert (refusal.address, refusal.failures) == (source, BAN_AFTER)
    assert refusal.banned_until is not None
    assert f"shut out: mette@it-bixen.dk from {source} for {BAN_SECONDS} s" in switch.log.read_text()
    elsewhere = f"127.202.7.{next(_sources)}"
    sign_in(mette.account, via=lambda: Datagrams(switch.address, switch.port, source=elsewhere)).sign_out()

    assert eventually(lambda: welcome(mette.account, udp, meanwhile=403), BAN_SECONDS + 3)
    assert time.monotonic() - began >= BAN_SECONDS - 1


def test_trying_many_names_shuts_out_the_source(
    mette: Linked, switch: Kamailio, udp: Via, source: str
) -> None:
    tries = [refused(Account(f"guess{n}@it-bixen.dk", "x"), udp) for n in range(SOURCE_BAN_AFTER)]
    assert tries == [401] * (SOURCE_BAN_AFTER - 1) + [403]
    assert refused(mette.account, udp) == 403
    assert f"shut out: everybody from {source}" in switch.log.read_text()


@pytest.mark.parametrize(
    "user",
    [
        "x'),pg_sleep(4)--",
        "x\\'; DELETE FROM kam.location; --",
        "o'brien",
        "%27%20OR%201=1",
        "$au",
        "mette;x",
    ],
)
def test_nothing_that_stands_for_a_name_becomes_sql(
    mette: Linked, udp: Via, postgres: Postgres, user: str
) -> None:
    with sign_in(mette.account, via=udp):
        began = time.monotonic()
        status = refused(Account(f"{user}@it-bixen.dk", "x"), udp)
        # What is no address at all is no request either, and gets no answer.
        assert status in (400, 401) or (status == 0 and "\\" in user)
        assert status == 0 or time.monotonic() - began < 2
        assert [row[0] for row in location(postgres)] == ["mette"]


def test_nothing_that_stands_for_a_program_becomes_sql(mette: Linked, udp: Via, postgres: Postgres) -> None:
    agent = "x', '', 'UDP'); DELETE FROM kam.location; SELECT pg_sleep(4); --\\' $au æøå"
    began = time.monotonic()
    with sign_in(mette.account, via=udp, agent=agent):
        assert time.monotonic() - began < 2
        (client,) = mette.clients()
        assert (client.user_agent, client.is_connected) == (agent, True)


@pytest.mark.parametrize(
    ("method", "status"),
    [("OPTIONS", 200), ("INVITE", 405), ("MESSAGE", 405), ("SUBSCRIBE", 405), ("CANCEL", 481)],
)
def test_other_requests_are_answered_and_go_nowhere(
    switch: Kamailio, source: str, method: str, status: int
) -> None:
    link_ = Datagrams(switch.address, switch.port, source=source)
    session = Session(Account("mette@it-bixen.dk", "x"), link_, [], agent="Phone/3")
    answer = session.request(method, "sip:it-bixen.dk")
    session.close()
    assert answer.status == status
    assert status != 405 or answer.first("allow") == "OPTIONS, REGISTER"


@contextmanager
def held_still(postgres: Postgres) -> Iterator[None]:
    """Stop the database server and all its processes in their tracks, and let them go on afterwards."""
    connections.close_all()
    leader = int((postgres.data / "postmaster.pid").read_text().split()[0])
    processes = [psutil.Process(leader), *psutil.Process(leader).children(recursive=True)]
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            # Those that stood on their way out are gone by now.
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGCONT)


def unavailable(account: Account, via: Via) -> None:
    began = time.monotonic()
    assert refused(account, via) == 503
    assert time.monotonic() - began < 5


def test_a_database_that_hangs_gets_a_refusal_in_time_and_the_switch_recovers(
    mette: Linked, switch: Kamailio, udp: Via, postgres: Postgres
) -> None:
    with held_still(postgres):
        unavailable(mette.account, udp)
        # Known to be away: everybody is told at once, and the switch still answers what needs no database.
        began = time.monotonic()
        for _ in range(20):
            assert switch.speaks_sip(5)
        assert time.monotonic() - began < 5
        unavailable(mette.account, udp)
    assert eventually(lambda: welcome(mette.account, udp, meanwhile=503))
    assert "the database answers again" in switch.log.read_text()


def test_a_database_that_is_stopped_gets_a_refusal_and_the_switch_recovers(
    mette: Linked, udp: Via, postgres: Postgres
) -> None:
    connections.close_all()
    postgres.shut_down()
    try:
        unavailable(mette.account, udp)
    finally:
        postgres.start()
    assert eventually(lambda: welcome(mette.account, udp, meanwhile=503))
