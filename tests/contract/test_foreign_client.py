"""A SIP client by somebody else signs in and calls: what we say must not be understood by our own client alone."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from demo.sipclient.sound import MUSIC
from stack.haproxy import HAProxy
from stack.kamailio import Kamailio
from stack.ports import free_port
from stack.postgres import Postgres
from stack.process import Service
from telephony.controller import sounds
from tests.contract.controlling import Desk, controller, desk, relay, switch
from tests.contract.switching import PASSWORD, Linked, eventually, location

__all__ = ["controller", "desk", "relay", "switch"]
CONFIG = """\
poll_method epoll
sip_listen {source}:0
module_path /usr/lib/baresip/modules
module g711.so
module_tmp uuid.so
module_tmp account.so
"""
ACCOUNT = (
    '<sip:{address};transport={transport}>;auth_pass={password};outbound="sip:{server};transport={transport}"'
)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_baresip_signs_in(
    mette: Linked,
    switch: Kamailio,
    sip_front: HAProxy,
    postgres: Postgres,
    source: str,
    tmp_path: Path,
    transport: str,
) -> None:
    port = {"udp": switch.port, "tcp": sip_front.sip_port, "tls": sip_front.https_port}[transport]
    (tmp_path / "config").write_text(CONFIG.format(source=source))
    (tmp_path / "accounts").write_text(
        ACCOUNT.format(
            address=mette.phone,
            transport=transport,
            password=PASSWORD,
            server=f"{switch.address}:{port}",
        )
        + "\n"
    )
    with Service(tmp_path, name="baresip", command=["baresip", "-f", tmp_path]) as baresip:
        assert eventually(lambda: location(postgres) != []), baresip.tail()
        ((username, domain, agent, _),) = location(postgres)
        assert (username, domain) == ("mette", "it-bixen.dk")
        assert agent.startswith("baresip")
        (client,) = mette.clients()
        assert client.transport == transport.upper()
        assert client.is_connected
    assert eventually(lambda: location(postgres) == [])


CALLS = """\
module {codec}.so
module aufile.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {source}:{port}
audio_source aufile,{sound}
net_interface {source}
"""


class Baresip(Service):
    """A phone of the office that takes every call, plays music in it, and does as a person at it would."""

    name = "baresip"

    def __init__(self, directory: Path, desk: Desk, phone: str, source: str, *, codec: str = "g711") -> None:
        super().__init__(directory, command=["baresip", "-f", directory])
        self.account, self.place = desk.office.accounts[phone], (source, free_port(source))
        sounds.make(directory)
        sound = directory / "waiting.wav"
        config = CONFIG.replace("module g711.so\n", "") + CALLS
        (directory / "config").write_text(
            config.format(source=source, codec=codec, sound=sound, port=self.place[1])
        )
        account = ACCOUNT + ";answermode=auto"
        (directory / "accounts").write_text(
            account.format(
                address=self.account.address,
                transport="udp",
                password=self.account.password,
                server=f"{desk.office.switch.address}:{desk.office.switch.port}",
            )
            + "\n"
        )

    def check(self) -> bool:
        return "200 OK" in self.log.read_text()

    def does(self, command: str, words: str = "") -> None:
        """Carry out what its menu offers, asked for as a netstring of JSON."""
        asked = json.dumps({"command": command, "params": words, "token": ""})
        with socket.create_connection(self.place, timeout=5) as menu:
            menu.sendall(f"{len(asked)}:{asked},".encode())
            assert b'"ok":true' in menu.recv(4096)


def test_baresip_is_held_and_transferred_through_the_controller(
    desk: Desk, source: str, tmp_path: Path
) -> None:
    sara, line = desk.phone("sara"), desk.phone("line", answers_after=0.1)
    with Baresip(tmp_path, desk, "mette", source) as baresip:
        call = sara.call("203").wait("up")
        sara.hears(call, MUSIC)
        baresip.does("hold")
        assert eventually(lambda: sara.sound(call).is_muted), baresip.tail()
        baresip.does("resume")
        assert eventually(lambda: not sara.sound(call).is_muted), baresip.tail()
        sara.hears(call, MUSIC)
        baresip.does("transfer", "sip:205@it-bixen.dk")
        desk.both(sara, call, line, line.rung())
        assert eventually(lambda: not desk.live("mette")), baresip.tail()
    call.hang_up()
    line.rung().wait("ended")


def test_a_phone_without_a_codec_in_common_is_told_so_and_the_call_comes_back(
    desk: Desk, source: str, tmp_path: Path
) -> None:
    sara, mette = desk.phone("sara"), desk.phone("mette")
    with Baresip(tmp_path, desk, "line", source, codec="g722"):
        call, other = desk.talk(sara, mette, "203")
        at = desk.place("mette")
        assert desk.outcome(at.customer, desk.control.send_to(at, "205")) == ("no_codec", 488)
        desk.both(sara, call, mette, other)
    call.hang_up()
    other.wait("ended")
