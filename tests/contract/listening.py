"""A switch that plays files through a media relay, and phones that keep what they heard."""

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
from stack.kamailio import Kamailio
from stack.postgres import Postgres
from stack.rtpengine import RtpEngine
from tests.contract.switching import eventually, own_switch

SECOND = 8000  # samples


class Listener(SoundPhone):
    """A phone that keeps what it heard, besides counting whom it hears."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.kept: dict[int, bytearray] = {}
        super().__init__(*args, **kwargs)

    def _takes(self, sound: Sound, said: bytes) -> None:
        self.kept.setdefault(id(sound), bytearray()).extend(said)
        super()._takes(sound, said)

    def heard(self, call: Call, length: int) -> array.array[int]:
        """Wait until so many samples have arrived in a call, and return them."""
        kept = self.kept.setdefault(id(self.sound(call)), bytearray())
        assert eventually(lambda: len(kept) >= length), len(kept)
        return array.array("h", map(linear, kept[:length]))

    def heard_in_all(self, call: Call) -> array.array[int]:
        """Return the samples that arrived in a call, with what its socket still holds."""
        sound = self.sound(call)
        self._listen_to(sound)
        return array.array("h", map(linear, self.kept.get(id(sound), b"")))


def linear(byte: int) -> int:
    """Return the sample that a byte of A-law stands for (ITU-T G.711)."""
    turned = byte ^ 0x55
    segment, step = turned >> 4 & 7, turned & 15
    size = (step << 4) + 8 if segment == 0 else (step << 4) + 0x108 << segment - 1
    return size if turned & 0x80 else -size


def samples(path: Path) -> array.array[int]:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (SECOND, 1, 2)
        return array.array("h", file.readframes(file.getnframes()))


def strays(heard: array.array[int], told: array.array[int]) -> float:
    """Return how loud the difference is, as a share of what was told."""
    return loudness([a - b for a, b in zip(heard, told, strict=False)]) / loudness(told)


def loudness(told: Sequence[int]) -> float:
    return math.sqrt(sum(sample * sample for sample in told) / len(told))


@pytest.fixture(scope="module")
def switch(
    tmp_path_factory: pytest.TempPathFactory,
    postgres: Postgres,
    django_db_setup: None,
    relay: RtpEngine,
    sounds: Path,
) -> Iterator[Kamailio]:
    """A switch that plays what the file's own fixture `sounds` has made."""
    directory = tmp_path_factory.mktemp("kamailio")
    media = f"{relay.ng[0]}:{relay.ng[1]}"
    with own_switch(directory, postgres, media=media, prompts=sounds) as service:
        yield service
