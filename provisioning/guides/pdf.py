"""Print a guide: the same text as on its page, as a PDF to send or to lay beside the keyboard (G12)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe

from provisioning.guides import CATALOGUE, LANGUAGES, guide

STYLE = Path(__file__).parent / "print.css"


class CannotPrint(Exception):
    """The libraries that print are not installed on this machine; the page has the same text."""


@lru_cache(maxsize=len(CATALOGUE) * len(LANGUAGES))
def as_pdf(slug: str, language: str, portal_url: str) -> bytes:
    """Return a guide as PDF, with its links leading to the portal. Raises KeyError for an unknown guide, CannotPrint.

    Made once a process: guides change with the release alone.
    """
    found = guide(slug, language)
    try:
        from weasyprint import CSS, HTML  # seconds to import, and few ever print
    except OSError as error:
        raise CannotPrint from error
    context = {
        "guide": found,
        "language": language,
        "portal": portal_url.partition("://")[2],
        "text": mark_safe(found.html),  # noqa: S308 - our own file, rendered with raw HTML off
    }
    with translation.override(language):
        html = render_to_string("provisioning/guide_print.html", context)
    page = HTML(string=html, base_url=portal_url, url_fetcher=_fetch_nothing)
    printed: bytes = page.write_pdf(stylesheets=[CSS(string=STYLE.read_text("utf-8"))])
    return printed


def _fetch_nothing(url: str, *args: Any, **kwargs: Any) -> NoReturn:
    """Load nothing: what is printed stands in the text."""
    raise ValueError(url)
