"""Who waits in a queue hears its music until an agent answers; the sound that arrives is the file's (G27)."""

from __future__ import annotations

import array
import random
from pathlib import Path

import pytest

from demo.sipclient import Account
from demo.sipclient.connection import Datagrams
from demo.sipclient.sound import SoundPhone
from myfone.tenancy.context import tenant
from stack.rtpengine import RtpEngine
from telephony import music
from telephony.gateways.music.live import FolderShelf
from telephony.models import Queue, QueueMember, QueueMusic
from telephony.rules.music import written
from telephony.services.phones import add_ddi
from tests.contract.calling import TRUNK_ADDRESS, Office
from tests.contract.controlling import relay
from tests.contract.listening import SECOND, Listener, samples, strays, switch
from tests.contract.switching import eventually
from tests.contract.test_queues import calls, open_queue, recorded

__all__ = ["relay", "switch"]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("prompts")
    music.make(directory / "music")
    return directory


def signed_in(office: Office, queue: Queue, *names: str) -> None:
    people = [getattr(office.cast, name).employee for name in names]
    with tenant(office.cast.sara.actor):
        rows = QueueMember.objects.visible_to(office.cast.sara.actor).filter(queue=queue)
        rows.update(is_signed_in=False)
        rows.filter(employee__in=people).update(is_signed_in=True)


def own_music(office: Office, queue: Queue, folder: Path, *, seconds: float = 1.0) -> array.array[int]:
    """Give a queue a file of its own, which nothing else sounds like, and return its samples."""
    noise = random.Random(queue.pk)
    told = array.array("h", (noise.randrange(-9000, 9000) for _ in range(int(seconds * SECOND))))
    with tenant(office.cast.sara.actor):
        row = QueueMusic(customer=queue.customer, queue=queue, name="velkomst.wav", seconds=1, wav=b"")
        row.save()
        Queue.objects.visible_to(office.cast.sara.actor).filter(pk=queue.pk).update(music="own")
    FolderShelf(folder / "music").put(str(row.public_id), written(told))
    return told


def from_outside(office: Office) -> Listener:
    """Return a phone in the public network: it calls from the trunk's address."""
    link = Datagrams(office.switch.address, office.switch.port, source=TRUNK_ADDRESS)
    caller = Listener(link, Account("@trunk.invalid", ""))
    office.closing.callback(caller.close)
    return caller


def test_who_waits_hears_music_until_an_agent_answers(office: Office, sounds: Path) -> None:
    queue = open_queue(office, office.cast.mette)
    line, mette = office.connect("line", made=Listener), office.connect("mette", made=SoundPhone)
    call = line.call("230")
    told = samples(sounds / "music" / "ours.wav")
    assert strays(line.heard(call, SECOND), told) < 0.1
    assert eventually(lambda: calls(office) == [("waiting", "")])
    signed_in(office, queue, "mette")
    rings = mette.rung().wait("ringing")
    # It rings at her, and the music goes on: the caller's phone is not told to make a tone of its own.
    so_far = len(line.kept[id(line.sound(call))])
    assert strays(line.heard(call, so_far + SECOND // 4), told) < 0.1
    assert eventually(lambda: [answer.status for answer in call.answers][-3:] == [182, 183, 182])
    rings.answer()
    call.wait("up")
    line.hears(call, mette.letter)
    mette.hears(rings, line.letter)
    call.hang_up()
    rings.wait("ended")
    assert eventually(lambda: recorded(office) == [("answered", "Mette")])


def test_a_queues_own_file_is_heard_outside_and_over_and_over(office: Office, sounds: Path) -> None:
    cast = office.cast
    first = open_queue(office, overflow="231", music="none")
    queue = open_queue(office, cast.mette, number="231", strategy="ring_all", overflow="201")
    with tenant(cast.sara.actor):
        add_ddi(actor=cast.sara.actor, extension=first.extension, number="69142430")
    told = own_music(office, queue, sounds)
    signed_in(office, queue, "mette")
    caller, mette = from_outside(office), office.connect("mette", refuses=486)
    sara = office.connect("sara", made=SoundPhone)
    call = caller.call("+4569142430", domain=f"{office.switch.address}:{office.switch.port}")
    # Nobody is in the first queue. Whoever refuses the call in the second is offered it again: that is not heard.
    assert strays(caller.heard(call, 3 * SECOND), told * 3) < 0.1
    assert mette.was_rung
    # Nobody is left, and it goes on: the music ends, and the caller's phone is told that somebody's rings.
    signed_in(office, queue)
    rings = sara.rung().wait("ringing")
    assert eventually(lambda: call.answers[-1].status == 180)
    rings.answer()
    call.wait("up")
    caller.hears(call, sara.letter)
    sara.hears(rings, caller.letter)
    call.hang_up()
    rings.wait("ended")


def test_who_waits_hears_a_ringing_tone_without_music_and_without_the_relay(
    office: Office, relay: RtpEngine, sounds: Path
) -> None:
    cast = office.cast
    queue = open_queue(office, cast.mette)
    line, mette = office.connect("line", made=Listener), office.connect("mette", made=SoundPhone)
    heard = line.call("230")
    line.heard(heard, SECOND // 4)
    # Whoever gives up hears nothing more.
    heard.hang_up()
    assert heard.wait("ended").status == 487
    assert eventually(lambda: calls(office) == [("ended", "abandoned")])
    with tenant(cast.sara.actor):
        Queue.objects.visible_to(cast.sara.actor).filter(pk=queue.pk).update(music="none")
    silent = line.call("230")
    assert eventually(lambda: [one.status for one in silent.answers][-2:] == [182, 180])
    silent.hang_up()
    silent.wait("ended")
    with tenant(cast.sara.actor):
        Queue.objects.visible_to(cast.sara.actor).filter(pk=queue.pk).update(music="ours")
    waits = line.call("230")
    line.heard(waits, SECOND // 4)
    relay.kill()
    try:
        # Who was hearing it waits on, and so does who comes now; both are put through.
        second = office.connect("sara", made=Listener).call("230")
        assert eventually(lambda: [one.status for one in second.answers][-2:] == [182, 180])
        second.hang_up()
        second.wait("ended")
        signed_in(office, queue, "mette")
        mette.rung().wait("ringing").answer()
        waits.wait("up")
        line.hears(waits, mette.letter)
        mette.hears(mette.rung(), line.letter)
        waits.hang_up()
    finally:
        relay.start()
