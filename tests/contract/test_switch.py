"""A real switch behind a real TLS front, on the portal's database: who signs in, who does not, and what is kept."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from django.test import Client as WebClient

from demo.sipclient import Account, Session, SignInFailed, sign_in
from demo.sipclient.connection import ConnectionFailed, Datagrams, tcp, tls
from myfone.config.environment import Endpoint
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.authority import Authority
from stack.haproxy import HAProxy
from stack.kamailio import Kamailio
from stack.postgres import Postgres
from telephony.models import Phone
from telephony.services import skype as services
from tests.cast import Cast
from tests.contract.switching import (
    BAN_AFTER,
    BAN_SECONDS,
    PASSWORD,
    SOURCE_BAN_AFTER,
    Linked,
    Via,
    eventually,
    link,
    location,
    refused,
    welcome,
)


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


def test_a_client_registers_through_the_front_with_its_own_address(
    mette: Linked, sip_front: HAProxy, authority: Authority, source: str, postgres: Postgres
) -> None:
    host, ca_file = "sip.it-bixen.dk", str(authority.root)
    doors: tuple[tuple[str, Via], ...] = (
        ("TLS", lambda: tls(sip_front.address, 443, host=host, ca_file=ca_file, source=source)),
        ("TLS", lambda: tls(sip_front.address, 5061, host=host, ca_file=ca_file, source=source)),
        ("TCP", lambda: tcp(sip_front.address, 5060, source=source)),
    )
    sessions = []
    for number, (transport, via) in enumerate(doors, start=1):
        sessions.append(sign_in(mette.account, via=via, agent=f"Softphone/{number}"))
        rows = {row[2]: row[3] for row in location(postgres)}
        assert len(rows) == number
        assert rows[f"Softphone/{number}"].startswith(f"sip:{source}:")
        (client,) = [one for one in mette.clients() if one.user_agent == f"Softphone/{number}"]
        assert (client.address, client.transport, client.is_connected) == (source, transport, True)
    # The phone loses its network: its registrations go with the connections, not with their expiry. The switch
    # looks every ten seconds, so all three are lost before the look.
    for session in sessions:
        session.close()
    assert eventually(lambda: location(postgres) == [])
    assert not any(client.is_connected for client in mette.clients())


def test_address_and_password_are_enough_to_find_the_switch(
    mette: Linked, resolver: str, sip_front: HAProxy, authority: Authority
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
        certificate = x509.load_pem_x509_certificate(
            (sip_front.certificates / "it-bixen.dk.pem").read_bytes()
        )
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
    assert "The user name or the password is wrong" in page.content.decode()
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
    sip_front: HAProxy, authority: Authority, tmp_path: Path
) -> None:
    with pytest.raises(ConnectionFailed, match="untrusted"):
        tls(sip_front.address, 443, host="sip.havnens.dk", ca_file=str(authority.root))
    stranger = Authority(tmp_path / "stranger")
    with pytest.raises(ConnectionFailed, match="untrusted"):
        tls(sip_front.address, 443, host="sip.it-bixen.dk", ca_file=str(stranger.root))


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
    elsewhere = source.replace("127.201.", "127.202.")
    sign_in(mette.account, via=lambda: Datagrams(switch.address, switch.port, source=elsewhere)).sign_out()

    assert eventually(lambda: welcome(mette.account, udp, meanwhile=403), BAN_SECONDS + 20)
    assert time.monotonic() - began >= BAN_SECONDS - 1
    # And again, before the switch has cleared away that it was shut out once.
    assert [refused(wrong, udp) for _ in range(BAN_AFTER)] == [401] * (BAN_AFTER - 1) + [403]
    assert refused(mette.account, udp) == 403


def test_trying_many_names_shuts_out_the_source(
    mette: Linked, switch: Kamailio, udp: Via, source: str
) -> None:
    tries = [refused(Account(f"guess{n}@it-bixen.dk", "x"), udp) for n in range(SOURCE_BAN_AFTER)]
    assert tries == [401] * (SOURCE_BAN_AFTER - 1) + [403]
    assert refused(mette.account, udp) == 403
    assert f"shut out: everybody from {source}" in switch.log.read_text()


@pytest.mark.parametrize(
    ("method", "status"),
    [("OPTIONS", 200), ("INVITE", 407), ("MESSAGE", 405), ("SUBSCRIBE", 489), ("CANCEL", 481)],
)
def test_other_requests_are_answered_and_go_nowhere(
    switch: Kamailio, source: str, method: str, status: int
) -> None:
    link_ = Datagrams(switch.address, switch.port, source=source)
    session = Session(Account("mette@it-bixen.dk", "x"), link_, [], agent="Phone/3")
    answer = session.request(method, "sip:it-bixen.dk")
    session.close()
    assert answer.status == status
    assert status != 405 or answer.first("allow").startswith("INVITE, ACK, CANCEL, BYE")
