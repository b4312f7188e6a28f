"""Speak what codes answer into files, which the media relay plays: python -m telephony.prompts DIRECTORY.

The voice is espeak-ng's (Debian); it is recorded when a switch is set up, and nothing of it is kept in the repository.
"""

from __future__ import annotations

import array
import io
import subprocess
import sys
import wave
from itertools import accumulate
from pathlib import Path

from telephony.rules.spoken import LANGUAGES, PHRASES

RATE = 8000
PAUSE = 0.25  # seconds of silence before the first word: a phone needs a moment to open its loudspeaker


def make(directory: Path) -> int:
    """Write DIRECTORY/LANGUAGE/RESULT.wav, 8 kHz, 16 bits, one channel; return how many were missing."""
    made = 0
    for place, language in enumerate(LANGUAGES):
        folder = directory / language
        folder.mkdir(parents=True, exist_ok=True)
        for result, phrases in PHRASES.items():
            path = folder / f"{result}.wav"
            if not path.exists():
                unfinished = path.with_suffix(".part")
                unfinished.write_bytes(spoken(phrases[place], language))
                unfinished.rename(path)
                made += 1
    return made


def spoken(text: str, language: str) -> bytes:
    """Return a text as a WAV file that a telephone can carry."""
    said = subprocess.run(
        ["/usr/bin/espeak-ng", "-v", language, "-s", "150", "--stdout", text],
        check=True,
        capture_output=True,
        timeout=30,
    ).stdout
    # espeak-ng does not know how long it will speak when it writes the head of the file.
    head = said.index(b"data") + 8
    rate = int.from_bytes(said[24:28], "little")
    samples = array.array("h", said[head : len(said) - (len(said) - head) % 2])
    quiet = array.array("h", bytes(2 * int(RATE * PAUSE)))
    told = io.BytesIO()
    with wave.open(told, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((quiet + slower(samples, rate) + quiet).tobytes())
    return told.getvalue()


def slower(samples: array.array[int], rate: int) -> array.array[int]:
    """Return samples at RATE: each is the mean of those that it stands for, so that high tones do not fold back."""
    sums = [0, *accumulate(samples)]
    step = rate / RATE

    def until(at: float) -> float:
        whole = min(int(at), len(samples) - 1)
        return sums[whole] + (at - whole) * samples[whole]

    length = int(len(samples) / step)
    return array.array("h", (int((until((n + 1) * step) - until(n * step)) / step) for n in range(length)))


if __name__ == "__main__":
    sys.stdout.write(f"{make(Path(sys.argv[1]))} files made\n")
