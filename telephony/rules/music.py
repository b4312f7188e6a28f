"""Read music that a company uploads, and make it what a telephone carries: one channel, 8000 samples a second."""

from __future__ import annotations

import array
import io
import sys
import wave
from dataclasses import dataclass
from itertools import accumulate, pairwise

RATE = 8000
LARGEST = 12 * 1024 * 1024  # bytes of what is uploaded: a minute as on a CD, ten as on the telephone
SHORTEST, LONGEST = 1, 600  # seconds
RATES = range(8000, 96001)  # samples a second
MOST_CHANNELS = 2
PCM, EXTENSIBLE = b"\x01\x00", b"\xfe\xff"  # kinds of sound in a WAV file
SIGNED = bytes(byte ^ 0x80 for byte in range(256))
QUIET = 60  # of 32767: what never gets louder is silence


class NotMusic(Exception):
    """A file that cannot be played; `code` says why: format, short, long, large or silent."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Music:
    """A WAV file of 8 kHz, 16 bits and one channel, and how long it is, in whole seconds."""

    wav: bytes
    seconds: int


def read(data: bytes) -> Music:
    """Return an uploaded WAV file (PCM, 8 to 32 bits, one or two channels) as the relay plays it. Raises NotMusic."""
    if len(data) > LARGEST:
        raise NotMusic("large")
    try:
        with wave.open(io.BytesIO(plain(data))) as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            if channels > MOST_CHANNELS or rate not in RATES or width not in (1, 2, 3, 4):
                raise NotMusic("format")
            # What the head says of the length may be wrong.
            heard = array.array("h")
            while frames := file.readframes(rate):
                heard += at_rate(mixed(frames, width, channels), rate)
                if len(heard) > LONGEST * RATE:
                    raise NotMusic("long")
    except (wave.Error, EOFError, ValueError, OverflowError, RuntimeError) as error:
        raise NotMusic("format") from error
    if len(heard) < SHORTEST * RATE:
        raise NotMusic("short")
    if max(heard) < QUIET and min(heard) > -QUIET:
        raise NotMusic("silent")
    return Music(written(heard), len(heard) // RATE)


def plain(data: bytes) -> bytes:
    """Return a file of the format "extensible", which many programs write, as one that says PCM, if it is that."""
    at = data.find(b"fmt ", 12, 4096)
    kind, of = data[at + 8 : at + 10], data[at + 32 : at + 34]
    if at < 0 or kind != EXTENSIBLE or of != PCM:
        return data
    return data[: at + 8] + PCM + data[at + 10 :]


def mixed(frames: bytes, width: int, channels: int) -> array.array[int]:
    """Return samples of 16 bits in one channel; of finer ones the lower bits go."""
    frames = frames[: len(frames) - len(frames) % (width * channels)]
    upper = bytearray(len(frames) // width * 2)
    if width == 1:
        upper[1::2] = frames.translate(SIGNED)
    else:
        upper[0::2], upper[1::2] = frames[width - 2 :: width], frames[width - 1 :: width]
    samples = array.array("h", bytes(upper))
    if sys.byteorder == "big":
        samples.byteswap()
    if channels == 1:
        return samples
    return array.array(
        "h", ((left + right) // 2 for left, right in zip(samples[0::2], samples[1::2], strict=True))
    )


def at_rate(samples: array.array[int], rate: int) -> array.array[int]:
    """Return samples at RATE: each is the mean of those that it stands for, so that high tones do not fold back."""
    if rate == RATE or not samples:
        return samples
    sums = [0, *accumulate(samples)]
    step = rate / RATE

    def until(at: float) -> float:
        whole = min(int(at), len(samples) - 1)
        return sums[whole] + (at - whole) * samples[whole]

    length = int(len(samples) / step)
    edges = [until(n * step) for n in range(length + 1)]
    return array.array("h", (int((after - before) / step) for before, after in pairwise(edges)))


def written(samples: array.array[int]) -> bytes:
    """Return samples as a WAV file."""
    told = io.BytesIO()
    with wave.open(told, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return told.getvalue()
