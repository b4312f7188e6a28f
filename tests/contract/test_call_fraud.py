"""What callers may not do: within their calls reach anybody else than the other end, and call without a true record."""

from __future__ import annotations

import secrets
import subprocess

import pytest

from demo.sipclient.calls import Call
from demo.sipclient.connection import tcp, tls
from demo.sipclient.message import Message, Request
from demo.sipclient.phone import SipPhone
from myfone.tenancy.context import tenant
from stack.haproxy import HAProxy
from telephony.models import CallPolicy
from tests.contract.calling import Office
from tests.contract.switching import eventually
from tests.contract.test_call_history import ended, history
from tests.contract.test_live_calls import busy
from tests.contract.test_queues import calls as queued
from tests.contract.test_queues import open_queue

DEAR = "+4590123456"


def in_call(phone: SipPhone, call: Call, **changes: object) -> int:
    """Send a re-INVITE within a call, changed as told, and return the final status."""
    return phone.final(phone.within(call, "INVITE", **changes)).status  # type: ignore[arg-type]


def test_a_call_leads_nowhere_but_to_its_other_end(office: Office) -> None:
    sara, mette = office.connect("sara"), office.connect("mette", answers_after=0)
    call = sara.call("203").wait("up")
    host, port = office.trunk.link.local
    gateway = f"sip:{DEAR}@{host}:{port}"
    ours = f"{office.switch.address}:{office.switch.port}"
    proof = "".join(f";{part}" for part in call.target.split(";") if part.startswith(("at=", "proof=")))
    strict = [*call.routes, f"<{gateway};lr>"]
    attacks: list[dict[str, object]] = [
        {"target": gateway},
        {"target": f"sip:{DEAR}@{ours}"},
        {"target": gateway + proof},
        {"target": call.target.replace("sip:", f"sip:{DEAR}")},
        {"target": f"sip:{ours}", "routes": [*call.routes, f"<{gateway}>"]},
        {"target": gateway, "routes": strict},
    ]
    assert {in_call(sara, call, **attack) for attack in attacks} <= {403, 404, 481}
    # What an honest phone sends goes to the other end, whatever way it is told to take.
    assert in_call(sara, call, routes=strict) == 200
    assert mette.times("gets INVITE") or len(mette.received) > 2
    assert in_call(sara, call) == 200
    assert in_call(mette, mette.rung()) == 200
    assert not office.trunk.received
    call.hang_up()
    mette.rung().wait("ended")


@pytest.mark.parametrize(
    "parameters", ["", ";user=phone", ";at=7369703a3132372e302e302e31;proof=1", ";alias=127.203.9.9~5060~1"]
)
def test_an_accomplice_cannot_point_a_call_at_the_trunk(office: Office, parameters: str) -> None:
    sara, mette = office.connect("sara"), office.connect("mette", register=False, answers_after=0)
    host, port = office.trunk.link.local
    # Mette's phone claims to be found at the trunk, when it registers and when it answers.
    mette.claims = f"<sip:{DEAR}@{host}:{port}{parameters}>"
    assert mette.register() == 200
    call = sara.call("203").wait("up")
    assert in_call(sara, call) == 200
    assert in_call(sara, call, routes=[*call.routes, f"<sip:{host}:{port};lr>"]) == 200
    assert in_call(mette, mette.rung()) == 200
    assert in_call(sara, call) == 200
    assert not office.trunk.received
    call.hang_up()
    mette.rung().wait("ended")
    mette.register(expires=0)


def test_a_call_through_the_trunk_keeps_the_number_that_it_was_let_out_for(office: Office) -> None:
    mette = office.connect("mette")
    office.trunk.answers_after = 0
    call = mette.call("22334455").wait("up")
    assert in_call(mette, call) == 200
    assert in_call(office.trunk, office.trunk.rung()) == 200
    user, at, rest = call.target.partition("@")
    dear = f"sip:{DEAR}{at}{rest}"
    asked = len(office.trunk.received)
    assert in_call(mette, call, target=dear) in (403, 404, 481)
    # Nor does a dialog of their own making get through on the proof of a real one.
    call.remote = call.remote.partition(";tag=")[0] + f";tag={secrets.token_hex(4)}"
    assert in_call(mette, call) in (403, 404, 481)
    assert len(office.trunk.received) == asked
    assert user


def test_of_calls_that_begin_together_no_more_go_out_than_may(office: Office) -> None:
    with tenant(office.cast.sara.actor):
        CallPolicy(customer=office.cast.bixen, calls_at_once=2).save()
    mette, line = office.connect("mette"), office.connect("line")
    tries = [phone.call(f"2233440{n}") for n in range(4) for phone in (mette, line)]
    assert eventually(lambda: [call.state for call in tries].count("ended") == 6)
    rung = [call for call in tries if call.state != "ended"]
    assert len([call for call in office.trunk.calls if not call.outgoing]) == 2
    for call in rung:
        call.hang_up()
        call.wait("ended")
    assert eventually(lambda: ended(office, 8))
    # Both are over: there is room again.
    mette.call("22334455").wait("ringing").hang_up()


def test_nobody_clears_the_lamps_of_others(office: Office) -> None:
    sara, line = office.connect("sara"), office.connect("line")
    office.connect("mette", answers_after=0)
    up = sara.call("203").wait("up")
    assert eventually(lambda: busy(office, "mette"))
    own = line.call("201").wait("ringing")
    assert own.request is not None
    given_up = Request("CANCEL", own.request.uri)
    kept = {"via", "from", "to", "max-forwards"}
    given_up.headers = [(name, value) for name, value in own.request.headers if name.lower() in kept]
    given_up.headers += [("Call-ID", up.call_id), ("CSeq", f"{own.sequence} CANCEL")]
    line.link.send(given_up.encode())
    own.hang_up()
    own.wait("ended")
    # The queue is in order: had the first one been heeded, the lamps would be out by now.
    assert eventually(lambda: not busy(office, "line"))
    assert busy(office, "mette")
    up.hang_up()
    assert eventually(lambda: not busy(office, "mette"))


@pytest.mark.parametrize("port", [443, 5060])
def test_a_held_call_over_tcp_and_tls_goes_on(
    office: Office, sip_front: HAProxy, port: int, request: pytest.FixtureRequest
) -> None:

    root = str(request.getfixturevalue("authority").root)
    link = (
        tcp(sip_front.address, port, source="127.203.8.5")
        if port == 5060
        else tls(sip_front.address, port, host="sip.it-bixen.dk", ca_file=root, source="127.203.8.6")
    )
    sara, mette = office.connect("sara", link=link), office.connect("mette", answers_after=0)
    call = sara.call("203").wait("up")
    assert in_call(sara, call) == 200
    assert in_call(mette, mette.rung()) == 200
    assert sara.final(sara.within(call, "UPDATE")).status == 200
    assert in_call(sara, call) == 200
    mette.rung().hang_up()
    call.wait("ended")


def called_as(phone: SipPhone, number: str, call_id: str, tag: str) -> int:
    """Call a number under a name of the caller's choice, and return the final status."""
    call = Call(phone, call_id, outgoing=True, number=number, local_tag=tag)
    call.request = phone._new("INVITE", f"sip:{number}@{phone.account.domain}", call_id, 1, tag)
    call.request.headers += [("Contact", phone.contact), ("Content-Type", "application/sdp")]
    call.request.body = phone.described(call)
    # Before others of that name.
    phone.calls.insert(0, call)
    phone._ask(call.request)
    return call.wait("up", "ended").status


def test_no_call_goes_by_the_name_of_another(office: Office) -> None:
    mette, line = office.connect("mette"), office.connect("line", answers_after=0)
    office.trunk.answers_after = 0
    first = mette.call("205").wait("up")
    # Neither as the same caller, nor as the one who was called and knows the name.
    assert called_as(mette, "22334455", first.call_id, first.local_tag) == 482
    assert called_as(line, "22334455", first.call_id, secrets.token_hex(5)) == 482
    assert not office.trunk.was_rung
    first.hang_up()
    assert eventually(lambda: called_as(mette, "22334455", first.call_id, first.local_tag) == 200)
    assert eventually(lambda: [one.dialled for one in history(office)] == ["205", "22334455"])
    mette.calls[0].hang_up()


def test_who_has_given_up_in_a_queue_may_call_by_that_name_again(office: Office) -> None:
    open_queue(office)
    mette, _ = office.connect("mette"), office.connect("line", answers_after=0)
    first = mette.call("230")
    assert eventually(lambda: queued(office) == [("waiting", "")])
    assert called_as(mette, "205", first.call_id, secrets.token_hex(5)) == 482
    first.hang_up()
    first.wait("ended")
    assert called_as(mette, "205", first.call_id, first.local_tag) == 200
    mette.calls[0].hang_up()
    assert eventually(lambda: queued(office) == [("ended", "abandoned")])


@pytest.mark.parametrize("name", ["x" * 300, "x" * 21000, "\u00e6\u00f8\u00e5"])
def test_a_call_that_could_not_be_written_down_is_none(office: Office, name: str) -> None:
    mette = office.connect("mette")
    own = secrets.token_hex(5)
    assert called_as(mette, "22334455", name + own, own) == 400
    assert called_as(mette, "22334455", own, name + own) == 400
    assert not office.trunk.was_rung


def test_a_record_does_not_end_before_the_call(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    mette, sara = office.connect("mette"), office.connect("sara", answers_after=0)
    office.trunk.answers_after = 0

    def refuses(phone: SipPhone) -> None:
        taken = phone._taken

        def takes(request: Message) -> None:
            if request.start.startswith("BYE"):
                phone._reply(request, 500, "Out Of Order", "x")
            else:
                taken(request)

        monkeypatch.setattr(phone, "_taken", takes)

    refuses(office.trunk)
    call = mette.call("22334455").wait("up")
    assert mette.final(mette.within(call, "BYE", headers=(("Require", "nothing-known"),))).status == 500
    assert not [one for one in office.trunk.received if one.every("require")]
    # What a phone says of it is no reason to keep somebody in a call.
    refuses(sara)
    inside = mette.call("201").wait("up")
    assert mette.final(mette.within(inside, "BYE")).status == 500
    assert [(line.dialled, line.ended_by) for line in ended(office)] == [("22334455", ""), ("201", "caller")]
    office.trunk.rung().hang_up()
    assert [line.ended_by for line in ended(office, 2)] == ["callee", "caller"]


def test_no_body_holds_what_is_rewritten_on_the_way_out(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be of another length than it says, and what comes after it a message of the phone's own making."""
    switch, mette, sara = office.switch, office.connect("mette"), office.connect("sara", answers_after=0)

    def say(phone: SipPhone, words: str) -> None:
        described = SipPhone.described
        monkeypatch.setattr(
            phone, "described", lambda call: described(phone, call) + f"a=\0\r\na=x:{words}\r\n".encode()
        )

    for port in (switch.tls_port, switch.plain_port):
        say(mette, f"SIP/2.0/TCP {switch.address}:{port}")
        assert mette.call("22334455").wait("ended").status == 400
    assert not office.trunk.received
    # One who is called is not heard.
    say(sara, f"<sip:{switch.address}:{switch.tls_port};transport=tcp")
    say(mette, "nothing of it")
    call = mette.call("201")
    sara.rung().wait("up")
    asked = ["kamcmd", "-s", f"unix:{switch.control}", "stats.fetch", "core:drop_replies"]
    assert eventually(
        lambda: " 0" not in subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    )
    call.wait("ringing")
