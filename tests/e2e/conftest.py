"""A real browser against a real portal: Debian's Chromium, and Django's server in a thread.

`portal` serves committed data under the portal's own database role. Pages it opens fail the test when the
browser reports a breach of the content security policy, or an error in a script.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.cast import Cast, Person

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
# In an answer of 400 and above the browser logs the status by itself; that is no fault of the page.
EXPECTED = ("Failed to load resource",)
# Milliseconds: a page that is there at once on one machine takes longer where two browsers share a slower one.
PATIENT = 30_000
expect.set_options(timeout=PATIENT)


# Files that take longest come first, longest first: with a long one at the end one processor would have nothing to do.
LONGEST = (
    "test_every_page",
    "test_guide",
    "test_wizard_pages",
    "test_server",
    "test_shell",
    "test_phones_beside",
    "test_queue_pages",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin the browser's long walks before its short ones."""
    mine = [number for number, item in enumerate(items) if item.path.parent == Path(__file__).parent]
    turn = {name: number for number, name in enumerate(LONGEST)}
    walks = sorted((items[number] for number in mine), key=lambda item: turn.get(item.path.stem, len(turn)))
    for number, item in zip(mine, walks, strict=True):
        items[number] = item


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    # As root Chromium has no sandbox to offer.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS + sandbox)
        yield browser
        browser.close()


@dataclass
class Portal:
    """A running portal, and the browser that visits it."""

    url: str
    browser: Browser
    cast: Cast
    contexts: list[BrowserContext] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def page(
        self,
        person: Person | None = None,
        *,
        language: str = "da",
        theme: str = "light",
        width: int = 1440,
        height: int = 900,
        javascript: bool = True,
    ) -> Page:
        """Open a window of its own, signed in as `person` if one is given."""
        context = self.browser.new_context(
            base_url=self.url,
            locale={"da": "da-DK", "en": "en-GB", "sv": "sv-SE"}[language],
            color_scheme=theme,
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENT)
        self.contexts.append(context)
        cookies = {"language": language, "theme": theme}
        if person is not None:
            cookies |= session_of(person)
        host = urlsplit(self.url).hostname
        context.add_cookies(
            [{"name": name, "value": value, "domain": host, "path": "/"} for name, value in cookies.items()]
        )
        page = context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED):
            self.faults.append(message.text)


def session_of(person: Person, *, second_factor: bool = True) -> dict[str, str]:
    """Sign somebody in without the form; as staff with a second factor that was passed."""
    from django.conf import settings
    from django.test import Client

    from myfone.accounts.sessions import FACTOR

    client = Client()
    client.force_login(person.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    if second_factor:
        session = client.session
        session[FACTOR] = True
        session.save()
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


@pytest.fixture
def portal(live_cast: Cast, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    """The portal on a free port of localhost, with the cast in its database."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread

    # The first page of a process loads all that pages are made of, which a busy machine takes longer for than a request
    # may wait for its database.
    monkeypatch.setattr("myfone.kernel.deadline.deadline", nullcontext)
    server = LiveServerThread("localhost", StaticFilesHandler, connections_override={}, port=0)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    running = Portal(f"http://localhost:{server.port}", browser, live_cast)
    try:
        yield running
        assert running.faults == []
    finally:
        for context in running.contexts:
            context.close()
        server.terminate()
