"""Company mobiles and Skype clients are phones like the others: rung, calling, and agents of queues (G1, G25)."""

from __future__ import annotations

from myfone.tenancy.context import tenant
from telephony.models import CodeUse, QueueMember
from tests.contract.calling import Office
from tests.contract.switching import Linked, link_beside
from tests.contract.test_queues import dial, open_queue


def test_a_mobile_rings_beside_the_desk_phone(office: Office) -> None:
    office.mobile(office.cast.mette, "mobile", "+4522334455")
    sara, mette = office.connect("sara"), office.connect("mette")
    call = sara.call("203")
    mobile, desk = office.trunk.rung(), mette.rung()
    assert mobile.invite is not None
    assert mobile.invite.start.startswith("INVITE sip:+4522334455@")
    assert desk.state == "ringing"
    mobile.answer()
    assert call.wait("up").status == 200
    assert call.remote.endswith(mobile.local_tag)
    assert desk.wait("ended").status == 487
    assert mette.times("up") == []
    call.hang_up()
    mobile.wait("ended")
    assert len(office.trunk.times("hung up by the other")) == 1


def test_a_company_mobile_alone_is_a_local_number_and_an_agent(office: Office) -> None:
    cast = office.cast
    office.employ(cast.peter, "206")
    office.mobile(cast.peter, "mobile", "+4522334466")
    queue = open_queue(office, cast.peter)
    sara = office.connect("sara")
    for times, dialled in enumerate(("206", "230")):
        if dialled == "230":
            with tenant(cast.sara.actor) as actor:
                QueueMember.objects.visible_to(actor).filter(queue=queue).update(is_signed_in=True)
        call = sara.call(dialled)
        mobile = office.trunk.rung(after=times)
        assert mobile.invite is not None
        assert mobile.invite.start.startswith("INVITE sip:+4522334466@")
        mobile.answer()
        call.wait("up").hang_up()
        mobile.wait("ended")


def test_a_skype_client_is_a_phone_like_the_others_and_calls_from_skype_to_skype_know_no_codes(
    office: Office,
) -> None:
    cast = office.cast
    here = Linked(cast.mette, office.rows["mette"])
    clients = {}
    for person, name in ((cast.mette, "mette.hansen"), (cast.sara, "sara.abildgaard")):
        linked = link_beside(person, here, name)
        office.accounts[name] = linked.account
        clients[name] = office.connect(name)
    mette, sara = clients.values()
    desk, line = office.connect("mette"), office.connect("line")
    # By a local number it rings beside the desk phone, and it calls numbers.
    call = line.call("203")
    desk.rung().wait("ringing")
    mette.rung().wait("ringing").answer()
    call.wait("up").hang_up()
    assert desk.rung().wait("ended").status == 487
    office.trunk.answers_after = 0
    mette.call("22334455").wait("up").hang_up()
    # From Skype to Skype, by address; what looks like a code there is nobody.
    call = sara.call("mette.hansen")
    mette.rung(after=1).wait("ringing").answer()
    call.wait("up").hang_up()
    queue = open_queue(office, cast.sara)
    for address in ("2*sara", "2*230.sara", "7*mette.hansen"):
        assert sara.call(address).wait("ended").status == 404
    with tenant(cast.sara.actor) as actor:
        assert not CodeUse.objects.visible_to(actor).exists()
        assert not QueueMember.objects.visible_to(actor).filter(queue=queue, is_signed_in=True).exists()
    # A number is dialled with its codes as on any phone.
    assert dial(sara, "2*230") == (480, "Logget ind i Kø 230")
