"""Calls to and from trunks by TLS and TCP: who is believed, what goes on by the next trunk, and what is refused."""

from __future__ import annotations

import datetime as dt
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from demo.sipclient import Account
from demo.sipclient.calls import Call
from demo.sipclient.connection import Datagrams, Stream, tcp, tls
from demo.sipclient.phone import SipPhone
from myfone.tenancy.context import tenant
from stack.authority import LIFE, Authority
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


EXPIRED = dt.timedelta(minutes=-5)


class Carrier:
    """The far end of a trunk: every connection that is made to it is a phone without a password.

    It has TLS with a certificate (its file, with the key), or none.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self._context: ssl.SSLContext | None = None
        if certificate:
            self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._context.load_cert_chain(certificate)
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
                    link = Stream(plain, "TCP")
                    if self._context:
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


def certified(directory: Path, authority: Authority, name: str = NAME, life: dt.timedelta = LIFE) -> Path:
    """Return a file with a certificate for a name, and its key."""
    certificate, key = authority.issue([name], life=life)
    pem = directory / f"{name}-{life.days}.pem"
    pem.write_bytes(certificate + key)
    return pem


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
    life: dt.timedelta = LIFE,
    name: str = "Sikker",
) -> Carrier:
    """Have a trunk with TLS before the office's other one, with a certificate for one name where NAME is wanted."""
    carrier = Carrier(certified(directory, authority, has, life))
    closing.callback(carrier.close)
    trunk = Trunk.objects.create(
        name=name,
        gateway=carrier.gateway,
        rank=1,
        transport="tls",
        tls_name=NAME,
        tls_ca=authority.root.read_text(),
    )
    if not TrunkSource.objects.filter(address=ADDRESS).exists():
        TrunkSource.objects.create(trunk=trunk, address=ADDRESS)
    there = carries(front)
    assert there.carry(trunks.lines())
    assert not there.carry(trunks.lines())
    return carrier


def carries(front: TrunkFront) -> HAProxyTrunks:
    return HAProxyTrunks(directory=front.folder, address=front.address, port=front.port)


@pytest.mark.parametrize("kind", ["live", "fake"])
def test_a_front_has_exactly_the_trunks_that_it_is_given_and_says_how_it_found_them(
    kind: str, front: TrunkFront, authority: Authority, tmp_path: Path, closing: ExitStack
) -> None:
    carrier = Carrier(certified(tmp_path, authority))
    closing.callback(carrier.close)
    expired = Carrier(certified(tmp_path, authority, life=EXPIRED))
    closing.callback(expired.close)
    root = authority.root.read_text()
    lines = (
        ("untrusted", Line(902, carrier.gateway, "sip.other.example", root)),
        ("untrusted", Line(904, expired.gateway, NAME, root)),
        ("unreachable", Line(903, f"{ADDRESS}:9", NAME, root)),
        ("", Line(901, carrier.gateway, NAME, root)),
    )
    fake = FakeTrunkFront()
    there: AnyFront = fake
    if kind == "live":
        there = carries(front)
    closing.callback(there.carry, ())
    for fault, line in lines:
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
    # Whoever calls for help is put through here like anybody else.
    help_ = mette.call("112")
    third = carrier.rung(2)
    assert third.invite is not None
    assert third.invite.start.startswith(f"INVITE sip:112@{carrier.gateway};transport=tls")
    third.answer()
    help_.wait("up").hang_up()
    third.wait("ended")
    assert not office.trunk.was_rung


def test_calls_go_on_while_the_trunks_are_read_anew(
    office: Office, front: TrunkFront, authority: Authority, tmp_path: Path, closing: ExitStack
) -> None:
    carrier = join(office, front, authority, tmp_path, closing)
    mette = office.connect("mette")
    talks = [mette.call("22334455") for _ in range(2)]
    assert eventually(lambda: len(carrier.ringing()) == len(talks))
    for rung in carrier.ringing():
        rung.answer()
    for talk in talks:
        talk.wait("up")
    there = carries(front)
    (line,) = trunks.lines()
    assert there.carry((line, replace(line, key=900 + line.key)))
    # What is said in a call gets through, and so does who hangs up, on either side.
    for talk in talks:
        assert mette.final(mette.within(talk, "INVITE", body=mette.described(talk))).status == 200
    by_us, by_them = talks
    by_us.hang_up()
    other = {rung.call_id: rung for rung in carrier.ringing()}
    other[by_us.call_id].wait("ended")
    other[by_them.call_id].hang_up()
    by_them.wait("ended")
    again = mette.call("22334455")
    carrier.rung(2).answer()
    again.wait("up").hang_up()
    carrier.rung(2).wait("ended")
    assert {record.outcome for record in history(office, "22334455")} <= {"answered", ""}
    assert not office.trunk.was_rung


def test_calls_leave_and_come_in_by_tcp(office: Office, sip_front: HAProxy, closing: ExitStack) -> None:
    carrier = Carrier()
    closing.callback(carrier.close)
    trunk = Trunk.objects.create(name="Almindelig", gateway=carrier.gateway, rank=1, transport="tcp")
    TrunkSource.objects.create(trunk=trunk, address=ADDRESS)
    mette = office.connect("mette", answers_after=0)
    call = mette.call("22334455")
    rung = carrier.rung()
    assert rung.invite is not None
    assert rung.invite.start.startswith(f"INVITE sip:+4522334455@{carrier.gateway};transport=tcp")
    assert rung.invite.every("via")[0].startswith("SIP/2.0/TCP ")
    rung.answer()
    call.wait("up")
    rung.hang_up()
    call.wait("ended")
    again = mette.call("22334455")
    carrier.rung(1).answer()
    again.wait("up").hang_up()
    carrier.rung(1).wait("ended")
    assert eventually(lambda: trunk_of(office, "22334455") == "Almindelig")
    assert not office.trunk.was_rung
    known = SipPhone(tcp(sip_front.address, 5060, source=ADDRESS), Account("4511223344@trunk.invalid", ""))
    closing.callback(known.close)
    for hangs_up in ("there", "here"):
        came = known.call("+4569142403", domain=f"{office.switch.address}:{office.switch.port}").wait("up")
        taken = mette.rung(after=0 if hangs_up == "there" else 1)
        (came if hangs_up == "there" else taken).hang_up()
        came.wait("ended")
        taken.wait("ended")


def test_a_trunk_that_is_not_who_it_should_be_gets_no_call_and_the_next_one_does(
    office: Office, front: TrunkFront, authority: Authority, tmp_path: Path, closing: ExitStack
) -> None:
    carrier = join(office, front, authority, tmp_path, closing, has="sip.other.example")
    expired = join(office, front, authority, tmp_path, closing, life=EXPIRED, name="Udløbet")
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
    # Calls do not wait for them again, but for help they are tried, and after a while one call finds out how it is now.
    waited = in_vain(office)
    assert waited == 2
    sara.call("33445566").wait("up").hang_up()
    assert in_vain(office) == waited
    assert eventually(lambda: trunk_of(office, "33445566") == "Nordnet")
    control(office.switch, "htable.flush", "away")
    Trunk.objects.filter(name__in=("Nordnet", "Udløbet")).update(is_enabled=False)
    assert mette.call("44556677").wait("ended").status == 503
    assert in_vain(office) == waited + 1
    assert eventually(lambda: [line.outcome for line in history(office, "44556677")] == ["failed"])
    assert not carrier.heard("INVITE")
    assert not expired.heard("INVITE")


def test_the_record_names_the_trunk_that_a_call_takes_after_all(office: Office) -> None:
    first = Trunk.objects.get(name="Nordnet")
    other = Trunk.objects.create(name="Anden", gateway="127.203.7.7:5099", rank=first.rank + 1)
    for trunk in (first, other):
        control(office.switch, "htable.sets", "away", f"{trunk.gateway};user=phone", "1")
    office.trunk.answers_after = 0
    office.connect("mette").call("22334455").wait("up").hang_up()
    assert eventually(lambda: [bool(line.ended_at) for line in history(office, "22334455")] == [True])
    assert trunk_of(office, "22334455") == "Nordnet"
    control(office.switch, "htable.flush", "away")


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


def in_vain(office: Office) -> int:
    """Return how many times a call has waited for a trunk with TLS that took none."""
    log = office.switch.log.read_text()
    return len(re.findall(r"a trunk does not take a call: \S+ sip:\S+;transport=tls", log))


def control(switch: Kamailio, *words: str) -> None:
    asked = ["kamcmd", "-s", f"unix:{switch.control}", *words]
    subprocess.run(asked, check=True, capture_output=True)


def trunk_of(office: Office, dialled: str) -> str:
    return next((record.trunk for record in history(office, dialled)), "")
