"""Make the music that callers hear who wait in queues, where a company has none of its own; it is nobody else's."""

from __future__ import annotations

import array
import math
from pathlib import Path

from telephony.rules.music import RATE, written

OURS = "ours"
LOUDNESS = 3600  # of 32767, for one note; several sound at the same time
STEP = 0.5  # seconds from one note to the next
RINGS = 1.8  # seconds that a note can be heard
# Frequencies by name would be no clearer: semitones above the A of 220 Hz, a broken chord of eight steps each.
CHORDS = (
    (3, 10, 14, 19, 15, 19, 14, 10),
    (0, 7, 10, 15, 12, 15, 10, 7),
    (-4, 3, 8, 12, 10, 12, 8, 3),
    (-2, 5, 10, 12, 14, 12, 10, 5),
    (3, 10, 15, 19, 22, 19, 15, 10),
    (0, 7, 12, 15, 19, 15, 12, 7),
    (-4, 3, 8, 15, 12, 10, 8, 3),
    (-2, 5, 8, 14, 12, 10, 8, 5),
)


def make(directory: Path) -> None:
    """Write DIRECTORY/ours.wav, 8 kHz, 16 bits, one channel, half a minute, unless it is there."""
    path = directory / f"{OURS}.wav"
    if path.exists():
        return
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(written(tune()))
    unfinished.rename(path)


def tune() -> array.array[int]:
    """Return the samples; its last notes ring on into its beginning, so that it goes round without a gap."""
    steps = [step for chord in CHORDS for step in chord]
    length = int(len(steps) * STEP * RATE)
    heard = array.array("h", bytes(2 * length))
    known: dict[int, list[int]] = {}
    for place, step in enumerate(steps):
        if step not in known:
            known[step] = note(220 * 2 ** (step / 12))
        begins = int(place * STEP * RATE)
        for at, sample in enumerate(known[step], begins):
            heard[at % length] += sample
    return heard


def note(frequency: float) -> list[int]:
    """Return a plucked tone: it begins softly, and its overtone is gone before it."""
    turn = 2 * math.pi * frequency / RATE
    rise, fades = RATE // 100, RATE * 0.45
    length = int(RINGS * RATE)
    return [
        int(
            LOUDNESS
            * min(1.0, at / rise, (length - at) / rise)
            * math.exp(-at / fades)
            * (math.sin(turn * at) + 0.35 * math.exp(-at / fades) * math.sin(2 * turn * at))
        )
        for at in range(length)
    ]
