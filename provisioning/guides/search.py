"""Find guides by words: those that say it in the title first, then by how often and how near to the top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provisioning.guides import Guide
from provisioning.guides.markdown import WORD, Section, folded

LONGEST = 100
#: From this length on a word is also found inside a longer one: "kode" in "adgangskode".
INSIDE = 4
TITLE, KEYWORDS, SUMMARY, HEADING, TEXT = 20, 8, 6, 4, 1
# Words of questions; they are in every guide and in none.
EMPTY = frozenset(
    WORD.findall(
        folded(
            """
            hvad hvor hvordan hvorfor hvem hvilken er og i at en et jeg man mit min på til for med den det de kan ikke
            får skal har der som om af når
            what where how why who which is and in to a an i my the on for with it do does can not get of when
            vad var hur varför vem är och att ett jag mitt på till för med kan inte får ska har som av när
            """
        )
    )
)


@dataclass(frozen=True)
class Hit:
    """A guide that was found, and the section in which most was found, if that is a section of its own."""

    guide: Guide
    section: Section | None


def words(query: str) -> tuple[str, ...]:
    """Return the words of a question that say something; all of them where none does."""
    every = tuple(dict.fromkeys(WORD.findall(folded(query[:LONGEST]))))
    return tuple(word for word in every if len(word) > 1 and word not in EMPTY) or every


def search(among: Sequence[Guide], query: str) -> list[Hit]:
    """Return the guides that have every word of the query; where none has, those that have any. Best first."""
    asked = words(query)
    found = []
    for position, guide in enumerate(among):
        strengths = [_strength(guide, word) for word in asked]
        matched = sum(strength > 0 for strength in strengths)
        if matched:
            in_title = sum(_holds(guide.title, word) > 0 for word in asked)
            found.append(
                ((-matched, -in_title, -sum(strengths), position), Hit(guide, _section(guide, asked)))
            )
    most = max((-key[0] for key, _ in found), default=0)
    return [
        hit for key, hit in sorted(found, key=lambda pair: pair[0]) if -key[0] == most or most < len(asked)
    ]


def _holds(text: str, word: str) -> int:
    """Return 2 if a word of the text begins with it, 1 if it is inside one, 0 if it is not there."""
    plain = folded(text)
    if any(one.startswith(word) for one in WORD.findall(plain)):
        return 2
    return 1 if len(word) >= INSIDE and word in plain else 0


def _strength(guide: Guide, word: str) -> int:
    return (
        TITLE * (_holds(guide.title, word) + folded(guide.title).startswith(word))
        + KEYWORDS * _holds(guide.keywords, word)
        + SUMMARY * _holds(guide.summary, word)
        + max((_in_section(section, word) for section in guide.sections), default=0)
    )


def _in_section(section: Section, word: str) -> int:
    return HEADING * _holds(section.heading, word) + TEXT * _holds(section.text, word)


def _section(guide: Guide, asked: Sequence[str]) -> Section | None:
    scored = [(sum(_in_section(one, word) for word in asked), one) for one in guide.sections if one.heading]
    score, best = max(scored, key=lambda pair: pair[0], default=(0, None))
    return best if score > TEXT * 2 else None
