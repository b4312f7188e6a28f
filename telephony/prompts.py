"""Speak what codes answer into files, which the media relay plays: python -m telephony.prompts DIRECTORY.

The voice is espeak-ng's (Debian); it is recorded when a switch is set up, and nothing of it is kept in the repository.
The music of queues is made beside it, in DIRECTORY/music.
"""

from __future__ import annotations

import array
import subprocess
import sys
from pathlib import Path

from telephony import music
from telephony.rules.music import RATE, at_rate, written
from telephony.rules.spoken import LANGUAGES, PHRASES

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
    return written(quiet + at_rate(samples, rate) + quiet)


if __name__ == "__main__":
    music.make(Path(sys.argv[1]) / "music")
    sys.stdout.write(f"{make(Path(sys.argv[1]))} files made\n")
