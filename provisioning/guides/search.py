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
            hvad hvor hvordan hvorfor hvem hvilken er og i at en et jeg man mit min mine på til for med den det de kan
            ikke får skal har der som om af når virker virke du din vil hjælp problem
            what where how why who which is and in to a an i my the on for with it do does don doesn can cannot not get
            of when work works working help problem
            vad var hur varför vem är och att ett jag mitt min på till för med kan inte får ska har som av när fungerar
            fungera hjälp problem
            """
        )
    )
)

# What words of the three languages end in; "logge" asks for what says "log", "connecting" for what says "connect".
ENDINGS = ("erne", "ende", "ing", "ede", "ade", "ene", "er", "en", "et", "ar", "or", "ed", "e", "a", "r", "s")
#: No stem is shorter than this.
STEM = 3


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
    """Return the guides that have every word of the query; where none has, those that have any. Best first.

    Of those that have as many, one whose title says it comes first; a word that few titles have says more.
    """
    asked = words(query)
    weight = {word: 1 / max(1, sum(_holds(one.title, word) > 0 for one in among)) for word in asked}
    found = []
    for position, guide in enumerate(among):
        strengths = [_strength(guide, word) for word in asked]
        matched = sum(strength > 0 for strength in strengths)
        if matched:
            in_title = sum(weight[word] for word in asked if _holds(guide.title, word))
            found.append(
                ((-matched, -in_title, -sum(strengths), position), Hit(guide, _section(guide, asked)))
            )
    most = max((-key[0] for key, _ in found), default=0)
    return [
        hit for key, hit in sorted(found, key=lambda pair: pair[0]) if -key[0] == most or most < len(asked)
    ]


def says(text: str, query: str) -> bool:
    """Tell whether a text, such as what another page is about, has a word of the query."""
    return any(_holds(text, word) for word in words(query))


def _stem(word: str) -> str:
    """Return the word without its ending, and without the doubled letter before that."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= STEM:
            short = word.removesuffix(ending)
            doubled = len(short) > STEM and short[-1] == short[-2]
            return short[:-1] if doubled else short
    return word


def _holds(text: str, word: str, *, forms: bool = True) -> int:
    """Return 2 if a word of the text begins with it, 1 if it is inside one, 0 if it is not there.

    With forms, a word with the same stem counts as one inside another.
    """
    plain = folded(text)
    written = WORD.findall(plain)
    if any(one.startswith(word) for one in written):
        return 2
    if len(word) < INSIDE:
        return 0
    stem = _stem(word)
    return int(word in plain or (forms and any(_stem(one) == stem for one in written)))


def _strength(guide: Guide, word: str) -> int:
    return (
        TITLE * (_holds(guide.title, word) + folded(guide.title).startswith(word))
        + KEYWORDS * _holds(guide.keywords, word)
        + SUMMARY * _holds(guide.summary, word)
        + max((_in_section(section, word) for section in guide.sections), default=0)
    )


def _in_section(section: Section, word: str, *, forms: bool = True) -> int:
    in_heading, in_text = (_holds(text, word, forms=forms) for text in (section.heading, section.text))
    return HEADING * in_heading + TEXT * in_text


def _section(guide: Guide, asked: Sequence[str]) -> Section | None:
    # A section is pointed at where it says the very word.
    scored = [
        (sum(_in_section(one, word, forms=False) for word in asked), one)
        for one in guide.sections
        if one.heading
    ]
    score, best = max(scored, key=lambda pair: pair[0], default=(0, None))
    return best if score > TEXT * 2 else None
