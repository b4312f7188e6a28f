"""Calls to and from trunks by TLS: who is believed, what goes on by the next trunk, and what is refused."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest

from demo.sipclient import Account
from demo.sipclient.calls import Call
from demo.sipclient.connection import Datagrams, Stream, tls
from demo.sipclient.phone import SipPhone
from myfone.tenancy.context import tenant
from stack.authority import Authority
from stack.haproxy import HAProxy
from stack.kamailio import Kamailio
from stack.trunkfront import TrunkFront
from telephony.gateways.trunkfront import Seen
from telephony.gateways.trunkfront import TrunkFront as AnyFront
from telephony.gateways.trunkfront.fake import FakeTrunkFront
from telephony.gateways.trunkfront.live import HAProxyTrunks
from telephony.models import CallRecord, Trunk, TrunkSource
from telephony.rules.trunk_front import Line
from telephony.services import trunks
from tests.contract.calling import Office
from tests.contract.switching import TRUNKS_PORT, eventually
from tests.environment import NUMBER

NAME = "sip.sikker.example"
ADDRESS = f"127.206.9.{9 + NUMBER}"


class Carrier:
    """The far end of a trunk with TLS: every connection that is made to it is a phone without a password."""

    def __init__(self, directory: Path, authority: Authority, name: str) -> None:
        certificate, key = authority.issue([name])
        pem = directory / f"{name}.pem"
        pem.write_bytes(certificate + key)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(pem)
        self._listens = socket.create_server((ADDRESS, 0))
        self.gateway = f"{ADDRESS}:{self._listens.getsockname()[1]}"
        self.phones: list[SipPhone] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._listens.accept()
                plain.settimeout(5)
                with suppress(OSError):
                    link = Stream(self._context.wrap_socket(plain, server_side=True), "TLS")
                    self.phones.append(SipPhone(link, Account("@trunk.invalid", "")))

    def rung(self, after: int = 0) -> Call:
        """Wait for a call to ring here, beyond the first `after` ones."""
        assert eventually(lambda: len(self.ringing()) > after)
        return self.ringing()[after]

    def ringing(self) -> list[Call]:
        return [call for phone in self.phones for call in phone.calls if call.state != "calling"]

    def heard(self, method: str) -> bool:
        return any(
            message.start.startswith(method) for phone in self.phones for message in list(phone.received)
        )

    def close(self) -> None:
        self._listens.close()
        for phone in self.phones:
            phone.close()


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory, switch: Kamailio) -> Iterator[TrunkFront]:
    directory = tmp_path_factory.mktemp("trunks")
    with TrunkFront(directory, address=switch.address, port=TRUNKS_PORT) as service:
        yield service


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_a_front_is_ready_when_its_master_answers_whatever_a_killed_one_left(
    front: TrunkFront, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert front.check()
    (tmp_path / "master.sock").touch()
    monkeypatch.setattr(TrunkFront, "folder", tmp_path)
    assert not front.check()


def join(
    office: Office,
    front: TrunkFront,
    authority: Authority,
    directory: Path,
    closing: ExitStack,
    *,
    has: str = NAME,
    wants: str = NAME,
) -> Carrier:
    """Have a trunk with TLS before the office's other one, with a certificate for one name where another is wanted."""
    carrier = Carrier(directory, authority, has)
    closing.callback(carrier.close)
    trunk = Trunk.objects.create(
        name="Sikker",
        gateway=carrier.gateway,
        rank=1,
        transport="tls",
        tls_name=wants,
        tls_ca=authority.root.read_text(),
    )
    TrunkSource.objects.create(trunk=trunk, address=ADDRESS)
    there = HAProxyTrunks(directory=front.folder, address=front.address, port=front.port)
    assert there.carry(trunks.lines())
    assert not there.carry(trunks.lines())
    return carrier


@pytest.mark.parametrize("kind", ["live", "fake"])
def test_a_front_has_exactly_the_trunks_that_it_is_given_and_says_how_it_found_them(
    kind: str, front: TrunkFront, authority: Authority, tmp_path: Path, closing: ExitStack
) -> None:
    carrier = Carrier(tmp_path, authority, NAME)
    closing.callback(carrier.close)
    root = authority.root.read_text()
    lines = {
        "untrusted": Line(902, carrier.gateway, "sip.other.example", root),
        "unreachable": Line(903, f"{ADDRESS}:9", NAME, root),
        "": Line(901, carrier.gateway, NAME, root),
    }
    fake = FakeTrunkFront()
    there: AnyFront = fake
    if kind == "live":
        there = HAProxyTrunks(directory=front.folder, address=front.address, port=front.port)
    closing.callback(there.carry, ())
    for fault, line in lines.items():
        fake.found = {line.key: Seen(fault, "said" if fault else "")}
        assert there.carry((line,))
        assert not there.carry((line,))
        assert eventually(lambda: [seen.fault for seen in there.seen().values()] == [fault])  # noqa: B023
        (seen,) = there.seen().values()
        assert bool(seen.said) == bool(fault)


def test_calls_leave_by_tls_and_either_end_hangs_up(
    office: Office, front: TrunkFront, authority: Authority, tmp_path: Path, closing: ExitStack
) -> None:
    carrier = join(office, front, authority, tmp_path, closing)
    mette = office.connect("mette")
    call = mette.call("22334455")
    rung = carrier.rung()
    assert rung.invite is not None
    assert call.request is not None
    assert rung.invite.start.startswith(f"INVITE sip:+4522334455@{carrier.gateway};transport=tls")
    assert "way=" not in rung.invite.start
    assert rung.invite.body == call.request.body
    assert rung.invite.every("via")[0].startswith("SIP/2.0/TLS ")
    assert "transport=tls" in rung.invite.every("record-route")[0]
    rung.answer()
    call.wait("up")
    rung.hang_up()
    call.wait("ended")
    # The connection is lost in the call: who hangs up is heard on a new one.
    again = mette.call("22334455")
    second = carrier.rung(1)
    second.answer()
    again.wait("up")
    for phone in carrier.phones:
        phone.close()
    assert eventually(lambda: not connected(front, Trunk.objects.get(name="Sikker")))
    again.hang_up()
    assert eventually(lambda: carrier.heard("BYE"))
    assert not office.trunk.was_rung


def test_a_trunk_that_is_not_who_it_should_be_gets_no_call_and_the_next_one_does(
    office: Office, front: TrunkFront, authority: Authority, tmp_path: Path, closing: ExitStack
) -> None:
    carrier = join(office, front, authority, tmp_path, closing, has="sip.other.example")
    full = SipPhone(
        Datagrams(office.switch.address, office.switch.port, source=ADDRESS),
        Account("@full.invalid", ""),
        refuses=503,
    )
    closing.callback(full.close)
    host, port = full.link.local
    Trunk.objects.create(name="Full", gateway=f"{host}:{port}", rank=2)
    office.trunk.answers_after = 0
    mette, sara = office.connect("mette"), office.connect("sara")
    call, helped = mette.call("22334455"), sara.call("112")
    for one in (call, helped):
        one.wait("up").hang_up()
    assert eventually(lambda: trunk_of(office, "22334455") == "Nordnet")
    Trunk.objects.filter(name="Nordnet").update(is_enabled=False)
    assert mette.call("33445566").wait("ended").status == 503
    assert eventually(lambda: [line.outcome for line in history(office, "33445566")] == ["failed"])
    assert not carrier.heard("INVITE")


def test_calls_come_in_by_tls_from_the_trunks_own_address_and_from_no_other(
    office: Office,
    front: TrunkFront,
    sip_front: HAProxy,
    authority: Authority,
    tmp_path: Path,
    closing: ExitStack,
) -> None:
    join(office, front, authority, tmp_path, closing)

    def caller(source: str) -> SipPhone:
        link = tls(
            sip_front.address,
            sip_front.sips_port,
            host="sip.flexskype.dk",
            ca_file=str(authority.root),
            source=source,
        )
        phone = SipPhone(link, Account("4511223344@trunk.invalid", ""))
        closing.callback(phone.close)
        return phone

    mette = office.connect("mette", answers_after=0)
    here = f"{office.switch.address}:{office.switch.port}"
    known = caller(ADDRESS)
    first = known.call("+4569142403", domain=here).wait("up")
    assert mette.rung().number.startswith("4511223344@")
    first.hang_up()
    mette.rung().wait("ended")
    second = known.call("+4569142403", domain=here).wait("up")
    mette.rung(after=1).hang_up()
    second.wait("ended")
    assert caller(f"127.206.8.{9 + NUMBER}").call("+4569142403", domain=here).wait("ended").status == 407
    # Whoever writes that address on a datagram is not the trunk.
    forger = SipPhone(
        Datagrams(office.switch.address, office.switch.port, source=ADDRESS),
        Account("4511223344@trunk.invalid", ""),
    )
    closing.callback(forger.close)
    assert forger.call("+4569142403", domain=here).wait("ended").status == 407


def connected(front: TrunkFront, trunk: Trunk) -> bool:
    """Say whether the switch still has a connection towards a trunk."""
    port = (front.address, front.port + trunk.pk)
    ours = (psutil.CONN_ESTABLISHED, psutil.CONN_CLOSE_WAIT)
    return any(one.raddr == port and one.status in ours for one in psutil.net_connections("tcp4"))


def history(office: Office, dialled: str) -> list[CallRecord]:
    actor = office.cast.mette.actor
    with tenant(actor):
        return list(CallRecord.objects.visible_to(actor).filter(dialled=dialled))


def trunk_of(office: Office, dialled: str) -> str:
    return next((record.trunk for record in history(office, dialled)), "")
