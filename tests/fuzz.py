"""Make nasty input by chance that repeats: the same seed gives the same texts on every machine."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

# What has broken forms elsewhere: controls, bidi marks, digits of other scripts, surrogates' neighbours, look-alikes.
NASTY = (
    "\0", "\r", "\n", "\t", "\x1b", "\x7f", "\x85", "\u00a0", "\u00ad", "\u034f", "\u200b", "\u200d", "\u200e",
    "\u202e", "\u2028", "\u2066", "\ufeff", "\ufffd", "\uffff", "\U0001f468\u200d\U0001f469", "\U000e0001", "İ", "ı",
    "ß", "ς", "ﬁ", "１２", "٣", "Å", "é", "e\u0301", "ø", "а", "о", "Α", "中", "א", "%s", "%(x)s", "{}", "{{",
    "<b>", "&amp;", "'", '"', "\\", "--", ";", "=1+1", "@", "..", "...", "xn--", "xn--a", "://", "?", "#", "[::1]",
    "127.0.0.1", "*", "_", "-", " ", "  ",
)  # fmt: skip
PLAIN = "abcdefghijklmnopqrstuvwxyz0123456789"


class Chance:
    """A source of texts; `number` picks, `texts` yields."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def piece(self) -> str:
        """Return something short: plain letters, something nasty, or any character at all."""
        kind = self.random.random()
        if kind < 0.5:
            return "".join(self.random.choices(PLAIN, k=self.random.randint(1, 12)))
        if kind < 0.85:
            return self.random.choice(NASTY)
        point = self.random.choice((0x250, 0x3000, 0x10FFFF))
        return "".join(
            chr(code)
            for code in (self.random.randrange(point) for _ in range(self.random.randint(1, 5)))
            if not 0xD800 <= code <= 0xDFFF
        )

    def text(self, glue: str = "", most: int = 6) -> str:
        """Return some pieces; now and then very many."""
        if self.random.random() < 0.02:
            return self.piece() * self.random.randint(50, 400)
        return glue.join(self.piece() for _ in range(self.random.randint(0, most)))

    def domain(self) -> str:
        """Return what somebody might put into a field for a domain."""
        ending = self.random.choice(
            (".dk", ".com", ".co.uk", ".рф", ".test", ".", "", ".flexskype.dk", ".xn--p1ai")
        )
        front = self.random.choice(("", "", "", "https://", "www.", "sip.", "me@", " "))
        return front + self.text(self.random.choice((".", "", "-"))) + ending

    def changed(self, text: str) -> str:
        """Return a text with a few characters taken out, doubled or replaced."""
        letters = list(text)
        for _ in range(self.random.randint(1, 8)):
            at = self.random.randrange(len(letters) + 1)
            letters[at : at + self.random.choice((0, 0, 1, 3))] = list(self.piece())
        return "".join(letters)

    def choice(self, options: Sequence[str]) -> str:
        return self.random.choice(options)

    def many(self, make: Callable[[], str], number: int) -> Iterator[str]:
        """Yield so many texts."""
        for _ in range(number):
            yield make()
