"""Name a browser from its User-Agent, for the list of sign-ins. A hint for people, never a decision."""

from __future__ import annotations

from dataclasses import dataclass

# First match wins: Edge and Opera say Chrome too, Chrome says Safari too.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("HeadlessChrome", "Chrome"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone", "smartphone"),
    ("iPad", "iPad", "tablet"),
    ("Android", "Android", "smartphone"),
    ("Windows", "Windows", "monitor"),
    ("Mac OS X", "Mac", "laptop"),
    ("CrOS", "ChromeOS", "laptop"),
    ("Linux", "Linux", "monitor"),
)


@dataclass(frozen=True)
class Device:
    """What a User-Agent says it is; empty where it does not say."""

    browser: str
    system: str
    icon: str

    def __str__(self) -> str:
        return " · ".join(part for part in (self.browser, self.system) if part)


def device_of(user_agent: str) -> Device:
    """Read browser and system from a User-Agent header."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system, icon = next(
        ((name, icon) for mark, name, icon in SYSTEMS if mark in user_agent), ("", "monitor-smartphone")
    )
    return Device(browser, system, icon)
