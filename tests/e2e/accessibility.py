"""What axe and the width of a window say of a page: one question for every browser test."""

from __future__ import annotations

from collections.abc import Iterable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.cast import Person
from tests.e2e.conftest import Portal

WIDTHS = (1440, 390)
# The rules whose answer changes with the theme; all others read what the page is made of.
COLOURS = ("color-contrast", "link-in-text-block")
# Colours that are under way from light to dark have no contrast yet.
STILL = "Promise.all(document.getAnimations().map(animation => animation.finished))"
_AXE = Axe()


def breaches(page: Page, saying: str = "", rules: Iterable[str] = ()) -> list[str]:
    """Return what axe objects to, by rule and element; of `rules` alone where they are given."""
    # It is 500 kB: a page that has it already keeps it.
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(_AXE.axe_script)
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate("options => axe.run(options).then(results => results.violations)", options)
    return [
        f"{saying} {rule['id']}: {node['html'][:160]}".lstrip() for rule in found for node in rule["nodes"]
    ]


def turn(page: Page, theme: str, width: int) -> None:
    """Look at the page that is open in another theme and width: opening it anew costs more than the look."""
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(STILL)


def too_wide(page: Page) -> bool:
    """Say whether the page must be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


class Reader:
    """Somebody who looks at pages in one language, wide and narrow, light and dark, each page opened once."""

    def __init__(self, portal: Portal, person: Person | None, language: str = "da") -> None:
        self.language = language
        self.page = portal.page(person, language=language)
        self.page.context.add_cookies([{"name": "theme", "value": "system", "url": portal.url}])

    def faults(self, path: str, *, narrow: bool = True) -> list[str]:
        """Return what is wrong with the page; `narrow` asks axe in the narrow window too."""
        page, found = self.page, []
        page.goto(path)
        # Rules of structure and colour hold in every language or in none; what differs is the room words take.
        asked = self.language == "da"
        if asked:
            found += breaches(page, "light")
            page.emulate_media(color_scheme="dark")
            page.evaluate(STILL)
            found += breaches(page, "dark", COLOURS)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if too_wide(page):
                found.append(f"does not fit {width}")
        if asked:
            page.emulate_media(color_scheme="light")
            page.evaluate(STILL)
            found += breaches(page, "narrow") if narrow else []
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        return [f"{path} {self.language} {fault}" for fault in found]


def readers(portal: Portal, person: Person | None) -> list[Reader]:
    """Return somebody in each of the three languages."""
    return [Reader(portal, person, language) for language in ("da", "en", "sv")]
