"""The scripted phone on a wire that loses datagrams: what is sent again, and what is heard once."""

import socket
from collections.abc import Iterator

import pytest

from demo.sipclient import Account
from demo.sipclient.calls import address_of
from demo.sipclient.connection import Datagrams
from demo.sipclient.message import Message, parse_head
from demo.sipclient.phone import SipPhone
from demo.sipclient.repeats import PATIENCE, T2, Repeats
from stack.ports import free_port


def test_a_request_is_sent_again_at_twice_the_gap_each_time_and_then_given_up() -> None:
    repeats = Repeats()
    repeats.start(("branch", "INVITE"), b"INVITE", at=0.0)
    asked = [tick / 2 for tick in range(1, 64)]
    assert [at for at in asked if repeats.due(at)[0]] == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert repeats.due(PATIENCE) == ([], [("branch", "INVITE")])


def test_gaps_end_at_t2_and_start_there_once_the_other_side_works_on_it() -> None:
    repeats = Repeats()
    repeats.start(("b", "BYE"), b"BYE", at=0.0, most=T2)
    asked = [tick / 2 for tick in range(1, 34)]
    assert [at for at in asked if repeats.due(at)[0]] == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5]
    repeats.start(("c", "BYE"), b"BYE", at=0.0, most=T2)
    repeats.slow(("c", "BYE"))
    repeats.stop(("b", "BYE"))
    assert [at for at in asked if repeats.due(at)[0]] == [0.5, 4.5, 8.5, 12.5, 16.5]


def test_a_wire_that_loses_nothing_is_not_asked_twice_but_given_up_as_well() -> None:
    repeats = Repeats()
    repeats.start(("b", "BYE"), b"BYE", at=0.0, again=False)
    assert repeats.due(20.0) == ([], [])
    assert repeats.due(PATIENCE)[1] == [("b", "BYE")]


def test_an_address_is_told_from_the_name_before_it() -> None:
    assert address_of('"Jonas Nygaard" <sip:204@it-bixen.dk>;tag=x') == "sip:204@it-bixen.dk"
    assert address_of("sip:204@it-bixen.dk;tag=x") == "sip:204@it-bixen.dk"


class Server:
    """A switch that reads and says what a test tells it to."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5)

    def hear(self) -> Message:
        data, self.client = self.socket.recvfrom(65535)
        head, _, body = data.partition(b"\r\n\r\n")
        parsed = parse_head(head)
        return Message(parsed.start, parsed.headers, body)

    def say(self, start: str, *lines: str) -> None:
        self.socket.sendto("\r\n".join([start, *lines, "Content-Length: 0", "", ""]).encode(), self.client)

    def answer(self, request: Message, status: str) -> None:
        kept = [f"{name}: {request.first(name)}" for name in ("via", "from", "call-id", "cseq")]
        self.say(f"SIP/2.0 {status}", *kept, f"To: {request.first('to')};tag=there", "Contact: <sip:there>")


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.socket.close()


@pytest.fixture
def phone(server: Server) -> Iterator[SipPhone]:
    link = Datagrams("127.0.0.1", server.socket.getsockname()[1])
    with SipPhone(link, Account("anna@it-bixen.dk", "secret")) as phone:
        yield phone


def test_a_call_that_was_lost_is_sent_again_and_its_answer_acknowledged_each_time(
    server: Server, phone: SipPhone
) -> None:
    call = phone.call("202")
    first, second = server.hear(), server.hear()
    assert first == second
    server.answer(second, "100 Trying")
    server.answer(second, "200 OK")
    server.answer(second, "200 OK")
    acks = [server.hear(), server.hear()]
    assert [ack.start.partition(" ")[0] for ack in acks] == ["ACK", "ACK"]
    call.wait("up")
    assert len(phone.times("up")) == 1


def test_a_call_that_comes_twice_rings_once_and_its_answer_is_repeated_until_it_is_acknowledged(
    server: Server, phone: SipPhone
) -> None:
    phone.call("202")
    server.answer(server.hear(), "486 Busy Here")
    assert server.hear().start.startswith("ACK ")
    via, caller = "Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKone", "From: <sip:202@it-bixen.dk>;tag=x"
    said = (via, caller, "To: <sip:anna@it-bixen.dk>", "Call-ID: two", "Contact: <sip:there>")
    for _ in range(2):
        server.say("INVITE sip:anna@it-bixen.dk SIP/2.0", *said, "CSeq: 1 INVITE")
        ringing = server.hear()
        assert ringing.status == 180
    phone.answer(phone.rung())
    assert [server.hear().status, server.hear().status] == [200, 200]
    assert len(phone.times("rings")) == 1
    server.say("ACK sip:anna@it-bixen.dk SIP/2.0", *said, "CSeq: 1 ACK")
    phone.wait(lambda: phone.times("ACK"), 5, "ACK")
    assert phone._repeats.due(1e12) == ([], [])


def test_what_is_sent_once_a_server_is_back_leaves_though_an_earlier_datagram_was_refused() -> None:
    address, port = "127.0.0.1", free_port(udp=True)
    link = Datagrams(address, port)
    try:
        link.send(b"to nobody")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as back:
            back.bind((address, port))
            back.settimeout(10)
            link.send(b"to somebody")
            assert back.recv(100) == b"to somebody"
    finally:
        link.close()
