"""What a code did is said on the line, in the employee's language (G29): the sound that arrives is the file's."""

from __future__ import annotations

import array
import math
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from demo.sipclient.calls import Call
from demo.sipclient.sound import Sound, SoundPhone
from myfone.accounts.models import User
from stack import ports
from stack.kamailio import Kamailio
from stack.postgres import Postgres
from stack.rtpengine import RtpEngine
from telephony import prompts
from telephony.rules.spoken import LANGUAGES, PHRASES
from tests.contract.calling import GATEWAY_ADDRESS, Office
from tests.contract.switching import database_url


class Listener(SoundPhone):
    """A phone that keeps what it heard."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.kept: dict[int, bytearray] = {}
        super().__init__(*args, **kwargs)

    def _listen_to(self, sound: Sound) -> None:
        while True:
            try:
                data = sound.socket.recv(2048)
            except OSError:
                return
            self.kept.setdefault(id(sound), bytearray()).extend(data[12:])

    def heard(self, call: Call) -> array.array[int]:
        """Return the samples that arrived in a call."""
        self._listen_to(self.sound(call))
        return array.array("h", map(linear, self.kept.get(id(self.sound(call)), b"")))


def linear(byte: int) -> int:
    """Return the sample that a byte of A-law stands for (ITU-T G.711)."""
    turned = byte ^ 0x55
    segment, step = turned >> 4 & 7, turned & 15
    size = (step << 4) + 8 if segment == 0 else (step << 4) + 0x108 << segment - 1
    return size if turned & 0x80 else -size


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("prompts")
    prompts.make(directory)
    return directory


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtpEngine]:
    directory = tmp_path_factory.mktemp("rtpengine")
    with RtpEngine(directory, address=ports.loopback(directory)) as service:
        yield service


@pytest.fixture(scope="module")
def switch(
    tmp_path_factory: pytest.TempPathFactory,
    postgres: Postgres,
    django_db_setup: None,
    relay: RtpEngine,
    spoken: Path,
) -> Iterator[Kamailio]:
    directory = tmp_path_factory.mktemp("kamailio")
    with Kamailio(
        directory,
        database=database_url(postgres),
        address=ports.loopback(directory),
        emergency_gateway=f"{GATEWAY_ADDRESS}:5060",
        media=f"{relay.ng[0]}:{relay.ng[1]}",
        prompts=spoken,
    ) as service:
        yield service


def samples(path: Path) -> array.array[int]:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        return array.array("h", file.readframes(file.getnframes()))


def strays(heard: array.array[int], told: array.array[int]) -> float:
    """Return how loud the difference is, as a share of what was told."""
    return loudness([a - b for a, b in zip(heard, told, strict=False)]) / loudness(told)


def loudness(told: Sequence[int]) -> float:
    return math.sqrt(sum(sample * sample for sample in told) / len(told))


def test_there_is_a_prompt_for_every_result_in_every_language(spoken: Path) -> None:
    assert len(list(spoken.glob("*/*.wav"))) == len(LANGUAGES) * len(PHRASES)
    for path in spoken.glob("*/*.wav"):
        told = samples(path)
        assert 0.8 * 8000 < len(told) < 5 * 8000, path
        assert loudness(told) > 500, path
    assert prompts.make(spoken) == 0


def test_what_a_code_did_is_spoken_and_then_answered(office: Office, relay: RtpEngine, spoken: Path) -> None:
    mette: Listener = office.connect("mette", made=Listener)
    for language, code, result in (
        ("da", "7*", "dnd"),
        ("sv", "70*", "dnd_off"),
        ("sv", "5*99", "unknown_number"),
    ):
        User.objects.filter(email="mette@it-bixen.dk").update(language=language)
        call = mette.call(code).wait("ended")
        assert call.status == (404 if result == "unknown_number" else 480)
        assert [answer.status for answer in call.answers if 100 < answer.status < 400] == [183]
        told = samples(spoken / language / f"{result}.wav")
        heard = mette.heard(call)
        # All of it arrives, but for the last packet, and nothing else.
        assert abs(len(heard) - len(told)) <= 320, (len(heard), len(told))
        assert strays(heard, told) < 0.1
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
