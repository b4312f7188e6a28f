"""Calls between real phones through the real switch: who rings, as whom, and what is refused."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from demo.sipclient import Account
from demo.sipclient.connection import Datagrams, tcp, tls
from demo.sipclient.message import Message
from demo.sipclient.phone import SipPhone
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.authority import Authority
from stack.haproxy import HAProxy
from telephony.models import CallPolicy, CallRecord, PhoneKind, Presence, Trunk
from telephony.services import presence, skype
from tests.contract.calling import GATEWAY_ADDRESS, Office
from tests.contract.switching import SOURCE_BAN_AFTER, eventually


def test_a_colleague_is_called_by_number_and_either_may_hang_up(office: Office) -> None:
    sara, mette = office.connect("sara"), office.connect("mette", answers_after=0.1)
    call = sara.call("203").wait("up")
    ringing = mette.rung()
    assert ringing.invite is not None
    assert ringing.invite.first("from").startswith('"Sara Abildgaard" <sip:201@it-bixen.dk>')
    assert "ringing" in [event.what for event in sara.trace]
    call.hang_up()
    ringing.wait("ended")
    back = mette.call("201")
    sara.rung().answer()
    back.wait("up")
    sara.rung().hang_up()
    back.wait("ended")


def test_a_name_cannot_end_its_quotes_or_its_line(office: Office) -> None:
    person = office.cast.sara
    assert person.employee is not None
    with tenant(person.actor):
        person.employee.name = (
            'Sara\\" <sip:+4511@bank.dk>\r\nP-Asserted-Identity: <sip:+4511@bank.dk>\r\nX: "'
        )
        person.employee.save()
    sara, mette = office.connect("sara"), office.connect("mette", answers_after=0.1)
    sara.call("203").wait("up")
    invite = mette.rung().invite
    assert invite is not None
    assert "<sip:201@it-bixen.dk>" in invite.first("from")
    assert invite.first("from").count('"') == 2
    assert "\\" not in invite.first("from")
    assert not invite.every("p-asserted-identity")


def test_a_caller_cannot_make_a_phone_answer_by_itself_or_take_over_a_call(office: Office) -> None:
    asks = (
        ("Answer-Mode", "Auto"),
        ("Priv-Answer-Mode", "Auto"),
        ("Alert-Info", "<http://127.0.0.1>;info=alert-autoanswer;delay=0"),
        ("Call-Info", "<sip:x>;answer-after=0"),
        ("P-Auto-Answer", "normal"),
        ("Replaces", "a-call;to-tag=1;from-tag=2"),
        ("Join", "a-call;to-tag=1;from-tag=2"),
        ("Diversion", "<sip:+4511@bank.dk>"),
        ("History-Info", "<sip:+4511@bank.dk>;index=1"),
        ("Referred-By", "<sip:+4511@bank.dk>"),
    )
    sara, mette = office.connect("sara"), office.connect("mette", answers_after=0.1)
    sara.call("203", headers=asks).wait("up")
    invite = mette.rung().invite
    assert invite is not None
    assert [name for name, _ in asks if invite.every(name.lower())] == []


def test_all_phones_of_somebody_ring_and_the_others_hear_who_took_it(office: Office) -> None:
    office.equip(office.cast.mette, "soft", PhoneKind.SOFTPHONE)
    sara, desk, soft = office.connect("sara"), office.connect("mette"), office.connect("soft")
    call = sara.call("203")
    desk.rung().wait("ringing")
    ringing = soft.rung()
    # A phone whose ringing has not reached the switch yet is cancelled without being told why.
    assert eventually(lambda: sum(answer.status == 180 for answer in call.answers) >= 2)
    ringing.answer()
    call.wait("up")
    desk.rung().wait("ended")
    assert "completed elsewhere" in next(e.detail for e in desk.trace if e.what == "cancelled").lower()


def test_who_gives_up_is_heard_everywhere(office: Office) -> None:
    sara, mette = office.connect("sara"), office.connect("mette")
    call = sara.call("203").wait("ringing")
    call.hang_up()
    assert call.wait("ended").status == 487
    assert mette.rung().wait("ended").status == 487


@pytest.mark.parametrize(("refusal", "heard"), [(486, 486), (603, 603), (480, 480)])
def test_a_refusal_reaches_the_caller(office: Office, refusal: int, heard: int) -> None:
    sara = office.connect("sara")
    office.connect("mette", refuses=refusal)
    assert sara.call("203").wait("ended").status == heard


def test_what_is_not_registered_any_more_does_not_ring(office: Office) -> None:
    sara, mette = office.connect("sara"), office.connect("mette")
    assert sara.call("203").wait("ringing").hang_up() is None
    assert mette.register(expires=0) == 200
    assert sara.call("203").wait("ended").status == 480
    assert len([call for call in mette.calls if not call.outgoing]) == 1
    assert mette.register() == 200
    with tenant(office.cast.mette.actor):
        presence.set_state(actor=office.cast.mette.actor, state="dnd", until=None, at=clock.now())
    assert sara.call("203").wait("ended").status == 486
    with tenant(office.cast.sara.actor):
        office.rows["mette"].is_enabled = False
        office.rows["mette"].save()
        Presence.objects.visible_to(office.cast.sara.actor).update(state="")
    assert sara.call("203").wait("ended").status == 480


def test_unknown_numbers_and_other_peoples_numbers_are_refused(office: Office) -> None:
    sara = office.connect("sara")
    assert sara.call("299").wait("ended").status == 404
    assert sara.call("freja", domain="havnens.dk").wait("ended").status == 404
    assert sara.call("x'),pg_sleep(4)--").wait("ended").status in (400, 404, 484)


def test_nobody_calls_as_somebody_else(office: Office) -> None:
    office.connect("mette")
    liar = SipPhone(
        Datagrams(office.switch.address, office.switch.port, source="127.204.0.1"),
        Account(office.accounts["sara"].address, "wrong"),
    )
    with liar:
        assert liar.call("203").wait("ended").status == 407
    # Mette's own password, in Sara's name.
    impostor = SipPhone(
        Datagrams(office.switch.address, office.switch.port, source="127.204.0.2"), office.accounts["mette"]
    )
    with impostor:
        call = impostor.call("205", headers=(("P-Asserted-Identity", "<sip:201@it-bixen.dk>"),))
        assert call.wait("ended").status == 480


def test_calls_go_out_and_come_in_through_the_trunk(office: Office) -> None:
    sara, mette = office.connect("sara"), office.connect("mette", answers_after=0)
    office.trunk.answers_after = 0
    call = mette.call("22334455").wait("up")
    out = office.trunk.rung().invite
    assert out is not None
    assert out.start.startswith("INVITE sip:+4522334455@")
    assert "sip:+4569142403@it-bixen.dk" in out.first("from")
    assert out.first("p-asserted-identity") == "<sip:+4569142403@it-bixen.dk>"
    call.hang_up()
    office.trunk.rung().wait("ended")
    incoming = office.trunk.call("+4569142403", domain=f"{office.switch.address}:{office.switch.port}")
    incoming.wait("up")
    mette.rung().hang_up()
    incoming.wait("ended")
    # Nothing but direct numbers is reached from there: neither local numbers nor the public network.
    for number in ("203", "mette-desk", "+4522334455", "112"):
        refused = office.trunk.call(number, domain=f"{office.switch.address}:{office.switch.port}")
        assert refused.wait("ended").status in (400, 404)
    assert not sara.was_rung


def test_calls_for_help_are_no_door_to_guess_passwords_at(office: Office) -> None:
    def link() -> Datagrams:
        return Datagrams(office.switch.address, office.switch.port, source="127.204.0.7")

    def caller(password: str) -> SipPhone:
        return SipPhone(link(), Account(office.accounts["sara"].address, password))

    office.trunk.answers_after = 0
    mette = office.connect("mette", link=link())
    with caller("wrong") as guesser:
        for _ in range(SOURCE_BAN_AFTER):
            assert guesser.call("112").wait("ended").status in (403, 407)
    with caller(office.accounts["sara"].password) as lucky:
        assert lucky.call("112").wait("ended").status == 403
    # Who is registered is asked for none, though everybody there is shut out of all else.
    assert mette.call("203").wait("ended").status == 403
    mette.call("112").wait("up")


def test_an_address_that_is_no_trunk_needs_a_password(office: Office) -> None:
    with SipPhone(
        Datagrams(office.switch.address, office.switch.port, source="127.204.0.3"),
        Account("+4511223344@elsewhere.dk", ""),
    ) as stranger:
        call = stranger.call("+4569142403", domain=f"{office.switch.address}:{office.switch.port}")
        assert call.wait("ended").status in (400, 407)


@pytest.mark.parametrize("number", ["+4590123456", "+8816123456", "+252612345678", "0046900123456"])
def test_dear_and_dangerous_destinations_are_shut(office: Office, number: str) -> None:
    sara = office.connect("sara")
    assert sara.call(number).wait("ended").status == 403
    assert not office.trunk.was_rung


@pytest.mark.parametrize(
    ("number", "limits"),
    [("112", {"is_suspended": True}), ("114", {"calls_at_once": 0, "minutes_abroad": 0})],
)
def test_help_is_reached_over_any_limit_and_can_call_back(
    office: Office, number: str, limits: dict[str, int]
) -> None:
    with tenant(office.cast.sara.actor):
        CallPolicy(customer=office.cast.bixen, **limits).save()
    office.trunk.answers_after = 0
    line = office.connect("line")
    assert line.call("22334455").wait("ended").status >= 400
    assert not office.trunk.was_rung
    line.call(number).wait("up")
    call = office.trunk.rung().invite
    assert call is not None
    assert call.start.startswith(f"INVITE sip:{number}@")
    # Line has no direct number of her own: the main number answers.
    assert call.first("p-asserted-identity") == "<sip:+4569142424@it-bixen.dk>"
    office.trunk.rung().hang_up()
    # Whoever helps calls back: Line's phone rings, although she does not want to be disturbed.
    with tenant(office.cast.line.actor):
        Presence(
            customer=office.cast.bixen,
            employee=office.cast.line.employee,
            state="dnd",
            state_since=clock.now(),
        ).save()
        kept = CallRecord.objects.visible_to(office.cast.line.actor).filter(dialled=number)
        assert eventually(kept.exists)
    back = office.trunk.call("+4569142424", domain=f"{office.switch.address}:{office.switch.port}")
    line.rung().wait("ringing")
    line.rung().answer()
    back.wait("up")


def test_help_is_reached_past_trunks_that_are_dead_or_refuse(office: Office) -> None:
    gateway = SipPhone(
        Datagrams(office.switch.address, office.switch.port, source=GATEWAY_ADDRESS, source_port=5060),
        Account("@gateway.invalid", ""),
        answers_after=0,
    )
    office.closing.callback(gateway.close)
    Trunk.objects.create(name="Dead", gateway=f"{office.switch.address}:9", rank=0)
    line = office.connect("line")
    office.trunk.answers_after = 0
    line.call("112").wait("up").hang_up()
    assert office.trunk.was_rung
    assert not gateway.was_rung
    office.trunk.close()
    line.call("112").wait("up").hang_up()
    assert gateway.was_rung


def test_help_is_reached_past_a_trunk_that_takes_the_call_and_says_nothing_more(office: Office) -> None:
    class Mute(SipPhone):
        def _rung(self, request: Message) -> None:
            self._reply(request, 100, "Trying")
            self._note("tries", request.first("call-id"))

    mute = Mute(
        Datagrams(office.switch.address, office.switch.port, source=GATEWAY_ADDRESS),
        Account("@mute.invalid", ""),
    )
    office.closing.callback(mute.close)
    Trunk.objects.create(name="Mute", gateway="{}:{}".format(*mute.link.local), rank=0)
    office.trunk.answers_after = 0
    office.connect("line").call("112").wait("up", seconds=12).hang_up()
    assert mute.times("tries")
    assert office.trunk.was_rung


def test_requests_within_a_call_reach_the_other_and_no_others_get_through(office: Office) -> None:
    sara, mette = office.connect("sara"), office.connect("mette", answers_after=0)
    call = sara.call("203").wait("up")
    for method in ("INFO", "UPDATE", "PRACK"):
        assert sara.final(sara.within(call, method)).status == 200
        assert mette.times(f"gets {method}")
    assert mette.final(mette.within(mette.rung(), "INVITE")).status == 200
    assert sara.final(sara.within(call, "REFER")).status == 403
    # A route that we did not make leads nowhere: above all not to the trunk, which trusts us.
    forged = [f"<sip:{office.switch.address}:{office.switch.port};lr>"]
    host, port = office.trunk.link.local
    loose = sara.within(call, "INVITE", target=f"sip:+4590123456@{host}:{port}", routes=forged)
    assert sara.final(loose).status == 481
    assert not office.trunk.was_rung
    call.hang_up()
    mette.rung().wait("ended")


@pytest.mark.parametrize("port", [443, 5061, 5060])
def test_phones_behind_the_front_call_each_other(
    office: Office, sip_front: HAProxy, authority: Authority, port: int
) -> None:
    def link(source: str) -> object:
        if port == 5060:
            return tcp(sip_front.address, port, source=source)
        return tls(
            sip_front.address, port, host="sip.it-bixen.dk", ca_file=str(authority.root), source=source
        )

    with ExitStack() as closing:
        sara = office.connect("sara", link=link("127.203.8.1"))  # type: ignore[arg-type]
        mette = office.connect("mette", link=link("127.203.8.2"), answers_after=0)  # type: ignore[arg-type]
        line = office.connect("line", answers_after=0)
        closing.callback(line.close)
        call = sara.call("203").wait("up")
        invite = mette.rung().invite
        assert invite is not None
        inner = (f":{office.switch.tls_port}", f":{office.switch.plain_port}")
        assert not any(address in invite.first(name) for address in inner for name in ("via", "record-route"))
        if port != 5060:
            assert "transport=tls" in invite.first("record-route")
            assert invite.first("via").startswith("SIP/2.0/TLS")
        mette.rung().hang_up()
        call.wait("ended")
        # From TLS to UDP and back.
        call = sara.call("205").wait("up")
        call.hang_up()
        line.rung().wait("ended")
        call = line.call("203").wait("up")
        mette.rung(after=1).hang_up()
        call.wait("ended")
        sara.close()
        assert eventually(lambda: line.call("201").wait("ended").status == 480)


def test_a_call_that_is_up_outlives_a_change_of_the_password(office: Office) -> None:
    sara, line = office.connect("sara"), office.connect("line")
    mette = office.connect("mette", answers_after=0)
    call = sara.call("203").wait("up")
    taken = mette.rung().wait("up")
    actor = office.cast.mette.actor
    with tenant(actor):
        skype.change_password(
            actor=actor, phone=office.rows["mette"], password="Anden-Kanin-48", at=clock.now()
        )
    # The registration has ended, by which nobody is rung any more; the call has not.
    assert mette.register() == 401
    assert eventually(lambda: line.call("203").wait("ended", "up").status == 480)
    assert (call.state, taken.state) == ("up", "up")
    assert sara.final(sara.within(call, "INFO")).status == 200
    assert mette.final(mette.within(taken, "INFO")).status == 200
    call.hang_up()
    assert taken.wait("ended").status == 200
    assert len(mette.times("hung up by the other")) >= 1
