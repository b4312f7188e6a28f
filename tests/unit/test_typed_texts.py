"""Whatever people type, ten thousand times over: rules answer, and what they promise holds."""

from __future__ import annotations

import random
import re

from myfone.kernel import sheets
from myfone.kernel.wording import LONGEST, plain
from telephony.rules.skype_account import is_username, normal_username, spellings, suggested_username
from telephony.rules.skype_password import failures
from telephony.rules.strength import Strength, strength

PIECES = (
    *"aZ09 .-_+@/:;='\"<>&%\\\t\r\n\0",
    "æøå",
    "ＡＢ",
    "\u200b\u2028\u202e\ufeff",
    "🦄",
    "ß",
    "İ",
    "\ud800",
    "http://",
    "HTTPS:",
    "www.",
    "mailto:",
    "evil.example",
    "=cmd|' /C calc'!A0",
    "Mette.Hansen",
)


def typed(number: int = 10_000) -> list[str]:
    chance = random.Random(47)
    return ["".join(chance.choices(PIECES, k=chance.randint(0, 14))) for _ in range(number)]


def test_what_stands_in_a_mail_is_one_line_without_a_link() -> None:
    for text in typed():
        shown = plain(text)
        assert len(shown) <= LONGEST
        assert not re.search(r"[\r\n\t\0\u2028\u202e\u200b]|://|www\.|@", shown, re.IGNORECASE), (text, shown)
        assert not re.search(r"[^\W_]\.[^\W_]", shown), (text, shown)


def test_names_and_passwords_are_judged_whatever_they_are() -> None:
    for text in typed():
        name = normal_username(text)
        assert suggested_username(text) == "" or is_username(suggested_username(text))
        assert strength(text, username=name) in set(Strength)
        failures(text, username=name, common={"password"})
        if is_username(name):
            known = spellings(name, "it-bixen.dk", text)
            assert all(one.lower().partition("@")[0] == name for one in known)
            assert len(known) < 50


def test_no_cell_begins_like_a_formula() -> None:
    rows = [[text.replace("\ud800", "")] for text in typed()]
    content = sheets.as_csv(["a"], rows).decode("utf-8-sig")
    cells = re.findall(r'(?:^|\r\n)(?:"((?:[^"]|"")*)"|([^"\r\n]*))(?=\r\n)', content)
    assert len(cells) >= len(rows)
    assert not [cell for cell in cells if (cell[0] or cell[1]).startswith(sheets.STARTERS)]
