"""Make texts that people wrote fit to stand in mail that we send: nobody sends links in our name."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 80
_SCHEME = re.compile(r"\b[a-z][a-z0-9+.-]*:/*|www\.", re.IGNORECASE)
# What mail programs turn into a link by themselves: a dot between letters, and what looks like an address.
_DOTTED = re.compile(r"(?<=[^\W_])\.(?=[^\W_])")
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn")


def plain(text: str, *, longest: int = LONGEST) -> str:
    """Return a name on one line, without invisible characters and without anything that becomes a link.

    Booking.com A/S stays readable, as Booking. com A/S. Longer texts end in an ellipsis.
    """
    shown = "".join(" " if unicodedata.category(one) in _INVISIBLE else one for one in text)
    shown = _SCHEME.sub(" ", shown)
    shown = _DOTTED.sub(". ", shown).replace("@", " ").replace("/" * 2, " ")
    shown = " ".join(shown.split())
    return shown if len(shown) <= longest else shown[: longest - 1].rstrip() + "…"
