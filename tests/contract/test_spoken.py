"""What a code did is said on the line, in the employee's language (G29): the sound that arrives is the file's."""

from __future__ import annotations

from pathlib import Path

import pytest

from myfone.accounts.models import User
from myfone.tenancy.context import tenant
from stack.rtpengine import RtpEngine
from telephony import prompts
from telephony.models import CodeAction, FeatureCode
from telephony.rules.spoken import LANGUAGES, PHRASES
from tests.contract.calling import Office
from tests.contract.controlling import relay
from tests.contract.listening import SECOND, Listener, loudness, samples, strays, switch
from tests.contract.test_queues import open_queue

__all__ = ["relay", "switch"]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("prompts")
    prompts.make(directory)
    return directory


def test_there_is_a_prompt_for_every_result_in_every_language(sounds: Path) -> None:
    assert len(list(sounds.glob("*/*.wav"))) == len(LANGUAGES) * len(PHRASES)
    for path in sounds.glob("*/*.wav"):
        told = samples(path)
        assert 0.8 * 8000 < len(told) < 5 * 8000, path
        assert loudness(told) > 500, path
    assert prompts.make(sounds) == 0


def test_what_a_code_did_is_spoken_and_then_answered(office: Office, relay: RtpEngine, sounds: Path) -> None:
    cast = office.cast
    open_queue(office, cast.mette)
    with tenant(cast.sara.actor):
        FeatureCode(customer=cast.bixen, action=CodeAction.QUEUE_TOGGLE, digits="22*").save()
    mette: Listener = office.connect("mette", made=Listener)
    for language, code, result in (
        ("da", "22*230", "signed_in"),
        ("sv", "22*230", "signed_out"),
        ("sv", "5*99", "unknown_number"),
    ):
        User.objects.filter(email="mette@it-bixen.dk").update(language=language)
        call = mette.call(code).wait("ended")
        assert call.status == (404 if result == "unknown_number" else 480)
        assert [answer.status for answer in call.answers if 100 < answer.status < 400] == [183]
        told = samples(sounds / language / f"{result}.wav")
        heard = mette.heard_in_all(call)
        # All of it arrives, but for the last packet, and nothing else.
        assert abs(len(heard) - len(told)) <= 320, (len(heard), len(told))
        assert strays(heard, told) < 0.1
        # Nobody listens to silence afterwards.
        took = mette.times("ended")[-1] - mette.times("ringing")[-1]
        assert len(told) / SECOND < took < len(told) / SECOND + 1.5
    assert call.answers[-1].start.endswith("404 Not Found")
    # Whoever hangs up has heard enough.
    call = mette.call("7*").wait("ringing")
    call.hang_up()
    assert call.wait("ended").status == 487
    # Without the relay the answer comes at once, and the code has done the same.
    relay.stop()
    try:
        call = mette.call("70*").wait("ended")
        assert (call.status, call.answers[-1].start.partition(" 480 ")[2]) == (480, "Stör ej är av")
        assert not [answer for answer in call.answers if answer.status == 183]
    finally:
        relay.start()
