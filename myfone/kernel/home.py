"""Show times and numbers as where somebody reads them, for as long as their request or job lasts."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import timezone

#: The provider's.
USUAL = "DK"
_country: ContextVar[str] = ContextVar("country", default=USUAL)
_known: list[Callable[[int], tuple[str, str]]] = []


def country() -> str:
    """Return the country (ISO 3166) in whose form numbers are read and shown."""
    return _country.get()


def told_by(answer: Callable[[int], tuple[str, str]]) -> None:
    """Let an upper app say what the time zone and the country of a customer are, by its id."""
    _known[:] = [answer]


@contextmanager
def wall_clock(zone: str | None, country: str | None = None) -> Iterator[None]:
    """Read and show times in a time zone, and numbers in the form of a country, for as long as the block lasts.

    Where either is none, it is the provider's.
    """
    try:
        known = zoneinfo.ZoneInfo(zone) if zone else None
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        known = None
    token = _country.set(country or USUAL)
    try:
        with timezone.override(known):
            yield
    finally:
        _country.reset(token)


@contextmanager
def at_home_of(customer_id: int | None) -> Iterator[None]:
    """Show times and numbers as in a customer's company, or as at the provider's where it is none."""
    said = _known[0](customer_id) if customer_id is not None and _known else (None, None)
    with wall_clock(*said):
        yield
