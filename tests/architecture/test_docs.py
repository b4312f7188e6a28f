"""What the pages for those who run and change the product say is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from myfone.config.environment import Environment
from tests.environment import ROOT

# What changed names what was there at the time.
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")} - {ROOT / "CHANGELOG.md"})
# Settings that stand in the same file, and that something else than the portal reads.
READ_ELSEWHERE = {"ADMIN_DATABASE_URL", "KAMAILIO_DATABASE_URL"}
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
_PATH = re.compile(r"`((?:script|deploy|docs|stack|tests|static|templates|telephony)/[\w./-]*\w)")
_COMMAND = re.compile(r"manage\.py ([a-z]\w+)")


def test_every_setting_is_explained_and_nothing_else() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    table = text.partition("## Settings\n")[2].partition("\n### ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert told == {name.upper() for name in Environment.__dataclass_fields__} | READ_ELSEWHERE


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text()
    lost = []
    for path, heading in _LINK.findall(text):
        there = (page.parent / path).resolve() if path else page
        if not there.exists():
            lost.append(path)
        elif heading and heading not in headings(there):
            lost.append(f"{path}#{heading}")
    lost += [path for path in _PATH.findall(text) if not any(ROOT.glob(f"{path}*"))]
    commands = {place.stem for place in ROOT.glob("**/management/commands/*.py")} | {"migrate", "shell"}
    lost += [name for name in _COMMAND.findall(text) if name not in commands]
    assert lost == []


def headings(page: Path) -> set[str]:
    """Return what links can name in a page."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}
