"""Guides for people, one Markdown file a guide and language in `texts/` (G20, G21, G33).

A file begins with a line `keywords: …` (words that people search for and the text does not use), then the title as
the one `#` heading, then a paragraph that answers in short, then the rest below `##` headings.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from provisioning.guides.markdown import Section, as_html, as_sections

LANGUAGES = ("da", "en", "sv")
TEXTS = Path(__file__).parent / "texts"


class Topic(StrEnum):
    """Where a guide stands on the page, in this order."""

    START = "start"
    CALLS = "calls"
    PASSWORD = "password"  # noqa: S105 - a topic
    CLIENT = "client"
    MOVE = "move"
    BACKGROUND = "background"


@dataclass(frozen=True)
class Entry:
    """One guide, whatever the language; `opens` names the page on which one does what the guide tells."""

    slug: str
    topic: Topic
    opens: str = ""


CATALOGUE = (
    Entry("connect", Topic.START, "settings_skype"),
    Entry("get-the-client", Topic.START, "settings_skype"),
    Entry("first-sign-in", Topic.START),
    Entry("mac", Topic.START, "settings_skype"),
    Entry("mobile", Topic.START),
    Entry("ring-profiles", Topic.CALLS, "profiles"),
    Entry("weekly-schedule", Topic.CALLS, "schedule"),
    Entry("queues", Topic.CALLS, "queues"),
    Entry("call-control", Topic.CALLS, "today"),
    Entry("codes", Topic.CALLS, "codes"),
    Entry("numbers", Topic.CALLS),
    Entry("emergency", Topic.CALLS, "my_site"),
    Entry("password", Topic.PASSWORD, "settings_skype_password"),
    Entry("forgotten-password", Topic.PASSWORD, "settings_skype_forgotten"),
    Entry("my-number", Topic.CLIENT),
    Entry("headset", Topic.CLIENT),
    Entry("missed-calls", Topic.CLIENT),
    Entry("contacts-in-office", Topic.CLIENT),
    Entry("timing", Topic.MOVE),
    Entry("contacts-export", Topic.MOVE),
    Entry("deactivation", Topic.MOVE),
    Entry("dns-records", Topic.MOVE),
    Entry("security", Topic.BACKGROUND),
    Entry("teams", Topic.BACKGROUND),
)


@dataclass(frozen=True)
class Guide:
    """One guide in one language; `html` is safe to show as it is."""

    slug: str
    topic: Topic
    opens: str
    title: str
    summary: str
    keywords: str
    sections: tuple[Section, ...]
    html: str


@lru_cache(maxsize=len(LANGUAGES))
def guides(language: str) -> tuple[Guide, ...]:
    """Return every guide in a language, in the catalogue's order; a language that we lack gets Danish."""
    known = language if language in LANGUAGES else LANGUAGES[0]
    return tuple(_read(entry, known) for entry in CATALOGUE)


def guide(slug: str, language: str) -> Guide:
    """Return one guide. Raises KeyError for a slug that is not in the catalogue."""
    return {found.slug: found for found in guides(language)}[slug]


def _read(entry: Entry, language: str) -> Guide:
    head, _, text = (TEXTS / f"{entry.slug}.{language}.md").read_text("utf-8").partition("\n\n")
    title, summary, body = text.split("\n\n", 2)
    return Guide(
        slug=entry.slug,
        topic=entry.topic,
        opens=entry.opens,
        title=title.removeprefix("# "),
        summary=" ".join(summary.split()),
        keywords=head.removeprefix("keywords: "),
        sections=as_sections(body),
        html=as_html(body),
    )
