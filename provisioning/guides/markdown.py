"""Turn a guide's Markdown into HTML that loads nothing and runs nothing.

Raw HTML is off and shows as text; images are off, for the policy of our pages lets none in from outside; links lead
to other pages of ours or to https.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

LINK = re.compile(r"https://[^\s\"'<>]+|/[a-z][a-z0-9/-]*(?:#[a-z0-9-]+)?")
FOLDED = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ä": "ae", "ö": "oe", "é": "e", "ü": "u"})
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Section:
    """What stands below one heading, as plain text; the text before the first heading has none."""

    anchor: str
    heading: str
    text: str


def folded(text: str) -> str:
    """Return text as it is compared: small letters, Danish and Swedish ones spelt out, so that both ways find it."""
    return text.casefold().translate(FOLDED)


def anchor(heading: str) -> str:
    """Return the name by which an address points at a heading."""
    return "-".join(WORD.findall(folded(heading)))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parser.validateLink = lambda url: LINK.fullmatch(url) is not None  # type: ignore[method-assign]
    return parser


def _tokens(text: str) -> list[Token]:
    tokens = _parser().parse(text)
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor(following.content))
        elif token.type == "table_open":
            token.attrSet("class", "table")
        for child in token.children or ():
            if child.type == "link_open" and str(child.attrGet("href")).startswith("https://"):
                child.attrSet("rel", "noreferrer")
    return tokens


def as_html(text: str) -> str:
    """Return the HTML of a Markdown text; headings get an id."""
    parser = _parser()
    html: str = parser.renderer.render(_tokens(text), parser.options, {})
    return html.replace("<table", '<div class="table-wrap"><table').replace("</table>", "</table></div>")


def as_sections(text: str) -> tuple[Section, ...]:
    """Return the plain text below each heading, in order; what comes before the first stands below an empty one."""
    heading, in_heading = "", False
    parts: list[str] = []
    found: list[Section] = []
    for token in _tokens(text):
        if token.type == "heading_open":
            found.append(Section(anchor(heading), heading, " ".join(parts)))
            heading, parts, in_heading = "", [], True
        elif token.type == "inline":
            plain = "".join(child.content for child in token.children or () if child.content)
            if in_heading:
                heading, in_heading = plain, False
            else:
                parts.append(plain)
    found.append(Section(anchor(heading), heading, " ".join(parts)))
    return tuple(section for section in found if section.heading or section.text)
