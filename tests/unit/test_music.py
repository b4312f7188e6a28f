"""What a company uploads as music, and what a telephone makes of it."""

from __future__ import annotations

import array
import io
import math
import wave

import pytest

from telephony.rules.music import LARGEST, LONGEST, RATE, NotMusic, read


def wav(rate: int, width: int, channels: int, *, seconds: float = 2.0, loud: float = 0.5) -> bytes:
    """Return a tone of 500 Hz as a file; of two channels the second is silent."""
    frames = bytearray()
    for at in range(int(rate * seconds)):
        value = loud * math.sin(2 * math.pi * 500 * at / rate)
        whole = int(value * (2 ** (8 * width - 1) - 1)) + (128 if width == 1 else 0)
        frames += whole.to_bytes(width, "little", signed=width > 1)
        if channels == 2:
            frames += (128 if width == 1 else 0).to_bytes(width, "little")
    told = io.BytesIO()
    with wave.open(told, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(bytes(frames))
    return told.getvalue()


@pytest.mark.parametrize(
    ("rate", "width", "channels"),
    [(8000, 2, 1), (8000, 1, 1), (44100, 2, 2), (48000, 3, 1), (22050, 4, 2), (11025, 2, 1)],
)
def test_music_is_turned_into_what_a_telephone_carries(rate: int, width: int, channels: int) -> None:
    music = read(wav(rate, width, channels))
    with wave.open(io.BytesIO(music.wav)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (RATE, 2, 1)
        heard = array.array("h", file.readframes(file.getnframes()))
    assert music.seconds == 2
    assert abs(len(heard) - 2 * RATE) <= 2
    share = 0.5 / channels
    told = [share * 32767 * math.sin(2 * math.pi * 500 * at / RATE) for at in range(len(heard))]
    strays = math.sqrt(sum((a - b) ** 2 for a, b in zip(heard, told, strict=True)) / sum(b * b for b in told))
    # Each sample stands for the time after it: half a sample late at the most, and a little softer.
    assert strays < 0.2, strays


def test_a_head_that_promises_more_than_there_is_does_no_harm() -> None:
    whole = wav(8000, 2, 1)
    assert read(whole[:-8001]).seconds == 1
    # One that ends within its last sample.
    assert read(wav(44100, 2, 1)[: 44 + 44100 * 2 + 1]).seconds == 1


def test_a_file_that_says_extensible_is_read_as_what_it_is() -> None:
    whole = wav(48000, 3, 1)
    more = (
        b"\x16\x00\x18\x00\x04\x00\x00\x00"
        + b"\x01\x00\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
    )
    size = (len(whole) + 24 - 8).to_bytes(4, "little")
    told = (
        whole[:4]
        + size
        + whole[8:16]
        + (40).to_bytes(4, "little")
        + b"\xfe\xff"
        + whole[22:36]
        + more
        + whole[36:]
    )
    assert read(told) == read(whole)
    # As a sound that is not PCM it is none that we read.
    with pytest.raises(NotMusic):
        read(told.replace(b"\x01\x00\x00\x00\x00\x00\x10\x00", b"\x03\x00\x00\x00\x00\x00\x10\x00"))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "format"),
        (b"ID3\x04 no wave at all", "format"),
        (b"RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00", "format"),
        (wav(8000, 2, 1)[:16] + b"\x11" + wav(8000, 2, 1)[17:], "format"),
        (wav(8000, 2, 1, seconds=0.5), "short"),
        (wav(8000, 2, 1, loud=0.0), "silent"),
        (bytes(LARGEST + 1), "large"),
        (wav(8000, 1, 1, seconds=0.1) + bytes(8), "short"),
    ],
)
def test_what_cannot_be_played_is_told(data: bytes, code: str) -> None:
    with pytest.raises(NotMusic) as refused:
        read(data)
    assert refused.value.code == code


def test_music_that_is_too_long_is_told() -> None:
    told = io.BytesIO()
    with wave.open(told, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(RATE)
        file.writeframes(bytes(RATE * (LONGEST + 2)))
    with pytest.raises(NotMusic) as refused:
        read(told.getvalue())
    assert refused.value.code == "long"
