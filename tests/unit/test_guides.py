"""The guides: every language says the same, the HTML loads and runs nothing, and a search finds what people mean."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.urls import resolve, reverse

from provisioning.guides import CATALOGUE, LANGUAGES, TEXTS, Guide, guide, guides
from provisioning.guides.markdown import as_html, as_sections
from provisioning.guides.search import search

QUICK = {
    "a",
    "code",
    "div",
    "em",
    "h2",
    "li",
    "ol",
    "p",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
}
ATTRIBUTES = {"href", "id", "class", "rel"}


class Seen(HTMLParser):
    """Collect the elements, attributes and links of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]


@pytest.mark.parametrize("slug", [entry.slug for entry in CATALOGUE])
def test_a_guide_says_the_same_in_every_language(slug: str) -> None:
    in_each = [guide(slug, language) for language in LANGUAGES]
    assert all(one.title and one.summary and one.keywords for one in in_each)
    assert not any(one.summary.startswith("#") for one in in_each)
    assert len({len(one.sections) for one in in_each}) == 1
    assert len({one.html.count("<li>") for one in in_each}) == 1
    assert len({tuple(Seen(one.html).links) for one in in_each}) == 1
    assert all(section.heading and section.text for one in in_each for section in one.sections)


def test_every_file_is_in_the_catalogue() -> None:
    wanted = {f"{entry.slug}.{language}.md" for entry in CATALOGUE for language in LANGUAGES}
    assert {path.name for path in TEXTS.iterdir()} == wanted


def every_guide() -> list[Guide]:
    return [one for language in LANGUAGES for one in guides(language)]


@pytest.mark.parametrize("one", every_guide(), ids=lambda one: f"{one.slug}:{one.title[:12]}")
def test_a_guide_loads_nothing_and_leads_to_pages_that_exist(one: Guide) -> None:
    seen = Seen(one.html)
    assert seen.tags <= QUICK
    assert seen.attributes <= ATTRIBUTES
    for link in seen.links:
        if link.startswith("https://www.linphone.org/"):
            continue
        match = resolve(link.partition("#")[0])
        if match.url_name == "headsets":
            continue
        assert match.url_name == "guide"
        assert guide(match.kwargs["slug"], "da")
    if one.opens:
        assert reverse(one.opens)


def test_what_could_run_or_load_is_shown_as_text() -> None:
    html = as_html(
        'A <script>alert(1)</script> <img src=x onerror=y>\n\n<iframe src="https://example.org"></iframe>\n\n'
        "![cat](https://example.org/cat.png) [a](javascript:alert(1)) [b](http://example.org) [c](//example.org)\n\n"
        '[d](data:text/html,x) <https://example.org/"x> [e](/help/mac/) [f](https://example.org/x)\n'
    )
    seen = Seen(html)
    assert seen.tags <= {"p", "a"}
    assert seen.links == [
        "https://example.org/cat.png",
        "https://example.org/%22x",
        "/help/mac/",
        "https://example.org/x",
    ]
    assert "&lt;script&gt;" in html
    assert 'rel="noreferrer"' in html


def test_sections_are_plain_text_below_their_headings() -> None:
    first, second = as_sections("Before **it**.\n\n## Å, det `er` én\n\n1. a [b](/help/mac/)\n2. c\n")
    assert (first.heading, first.text) == ("", "Before it.")
    assert (second.anchor, second.heading, second.text) == ("aa-det-er-en", "Å, det er én", "a b c")


@pytest.mark.parametrize(
    ("language", "query", "slug"),
    [
        ("da", "glemt kode", "forgotten-password"),
        ("da", "adgangskode", "password"),
        ("da", "kodeord", "password"),
        ("da", "Hvorfor skifter koden ikke, når jeg skifter til Exchange?", "password"),
        ("da", "mit nummer", "my-number"),
        ("da", "ubesvarede", "missed-calls"),
        ("da", "hvordan sletter jeg mails om ubesvarede opkald", "missed-calls"),
        ("da", "portal.office.com", "contacts-in-office"),
        ("da", "mac", "mac"),
        ("da", "aftenen før", "timing"),
        ("da", "aftenen foer", "timing"),
        ("da", "TEAMS", "teams"),
        ("da", "sikkerhed", "security"),
        ("da", "lyncdiscover", "dns-records"),
        ("da", "første gang", "first-sign-in"),
        ("da", "hent klient", "get-the-client"),
        ("sv", "lösenord office", "password"),
        ("sv", "kvällen före", "timing"),
        ("en", "forgot password", "forgotten-password"),
        ("en", "missed call", "missed-calls"),
        ("en", "iphone", "mobile"),
        ("da", "ugeskema", "weekly-schedule"),
        ("da", "ringeprofil", "ring-profiles"),
        ("da", "holde pause", "queues"),
        ("da", "stil om", "call-control"),
        ("da", "hent opkald", "codes"),
        ("da", "headset", "headset"),
        ("da", "headset virker ikke", "headset"),
        ("da", "mit headset virker ikke", "headset"),
        ("da", "ingen lyd", "headset"),
        ("da", "logge på mac", "mac"),
        ("da", "problem med mac", "mac"),
        ("sv", "hörlurar fungerar inte", "headset"),
        ("en", "headset does not work", "headset"),
        ("en", "signing in on a mac", "mac"),
    ],
)
def test_a_search_finds_what_people_mean(language: str, query: str, slug: str) -> None:
    assert search(guides(language), query)[0].guide.slug == slug


def test_titles_come_before_texts() -> None:
    hits = [hit.guide for hit in search(guides("da"), "kontakter")]
    with_title = [one for one in hits if "kontakter" in one.title.casefold()]
    assert len(with_title) == 2
    assert hits[:2] == with_title
    assert len(hits) > 2


def test_a_hit_points_at_the_section_that_answers() -> None:
    hit = search(guides("da"), "exchange")[0]
    assert hit.section is not None
    assert re.search(rf'<h2 id="{hit.section.anchor}">', hit.guide.html)
    assert "Exchange" in hit.section.heading


@pytest.mark.parametrize("query", ["", "   ", "%%%", "xyzzy", "_" * 5000, "<script>"])
def test_what_nobody_wrote_finds_nothing(query: str) -> None:
    assert search(guides("da"), query) == []
