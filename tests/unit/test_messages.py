"""Every text of the product exists in Danish and Swedish."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = ("da", "sv")
PLACE = re.compile(r"%\(\w+\)[sd]")


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.po"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_or_guessed(language: str) -> None:
    texts = catalogue(language)
    assert [entry.msgid for entry in texts.untranslated_entries()] == []
    assert [entry.msgid for entry in texts.fuzzy_entries()] == []


def test_both_languages_have_the_same_texts() -> None:
    danish, swedish = ({entry.msgid for entry in catalogue(language)} for language in LANGUAGES)
    assert danish == swedish


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_places_of_values(language: str) -> None:
    wrong = []
    for entry in catalogue(language):
        wanted = set(PLACE.findall(entry.msgid + entry.msgid_plural))
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            # A plural for one may leave the number out; nothing else may, and nothing may be added.
            found = set(PLACE.findall(text))
            if text and (found - wanted or (not entry.msgid_plural and found != wanted)):
                wrong.append(entry.msgid)
    assert wrong == []


def test_no_line_begins_with_a_dot_that_parts_it() -> None:
    templates = sorted((ROOT / "templates").rglob("*.html"))
    lines = [(path.name, line) for path in templates for line in path.read_text().splitlines()]
    # A page's title is one line. Elsewhere the dot stays with what precedes it, or .parts sets it.
    assert [(name, line) for name, line in lines if " · " in line and "{% block title %}" not in line] == []
