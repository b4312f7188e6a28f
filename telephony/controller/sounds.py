"""Make what callers hear who wait: a ringing tone, and a few notes over and over."""

from __future__ import annotations

import array
import math
import wave
from pathlib import Path

RATE = 8000
LOUDNESS = 6000  # of 32767: a telephone's tones lie some 15 dB below its loudest
RINGING = (425, 1.0, 4.0)  # Hz, seconds of tone, seconds of silence: as in Denmark and Sweden
NOTES = (523.25, 659.25, 783.99, 659.25, 587.33, 698.46, 880.0, 698.46)
NOTE = 0.4  # seconds


def tone(frequency: float, seconds: float) -> array.array[int]:
    """Return a tone that swells and fades, so that it does not click."""
    length = int(RATE * seconds)
    edge = RATE // 50
    return array.array(
        "h",
        (
            int(
                LOUDNESS
                * min(1.0, at / edge, (length - at) / edge)
                * math.sin(2 * math.pi * frequency * at / RATE)
            )
            for at in range(length)
        ),
    )


def make(directory: Path) -> None:
    """Write the files that are not there yet."""
    directory.mkdir(parents=True, exist_ok=True)
    frequency, on, off = RINGING
    ringing = tone(frequency, on) + array.array("h", bytes(2 * int(RATE * off)))
    waiting = array.array("h")
    for note in NOTES:
        waiting += tone(note, NOTE)
    for name, samples in (("ringing", ringing), ("waiting", waiting)):
        path = directory / f"{name}.wav"
        if path.exists():
            continue
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples.tobytes())
