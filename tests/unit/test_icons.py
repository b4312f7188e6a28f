"""Every icon that a template names is in the wheel: a missing one breaks the page that shows it, perhaps rarely."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from myfone.web.navigation import ENTRIES, SETTINGS
from myfone.web.templatetags.ui import icon

ROOT = Path(__file__).resolve().parent.parent.parent
NAMED = re.compile(r'\bicon[ =]"([a-z0-9-]+)"')


def named() -> set[str]:
    found = {
        name for page in (ROOT / "templates").rglob("*.html") for name in NAMED.findall(page.read_text())
    }
    return found | {entry.icon for entry in (*ENTRIES, *SETTINGS)}


@pytest.mark.parametrize("name", sorted(named()))
def test_the_icon_can_be_drawn(name: str) -> None:
    assert "<svg" in icon(name)
