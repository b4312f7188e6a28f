"""The way about: nobody is shown a place that they may not enter."""

from __future__ import annotations

import re

import pytest

from tests.cast import Cast, signed_in


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/profiles/codes/", "/profiles/"),
        ("/profiles/codes/edit/", "/settings/"),
        ("/colleagues/pickup/", "/settings/"),
        ("/numbers/", "/settings/"),
        ("/", "/"),
    ],
)
def test_the_rail_marks_one_place_that_a_page_belongs_to(cast: Cast, path: str, place: str) -> None:
    page = signed_in(cast.sara).get(path).content.decode()
    rail = page[page.index('<nav class="rail') : page.index("</nav>", page.index('<nav class="rail'))]
    everywhere = rail.partition("rail-more")[0]
    assert re.findall(r'href="([^"]*)" aria-current="page"', everywhere) == [place]


@pytest.mark.parametrize("name", ["provider", "jonas", "sara", "peter", "mette"])
def test_every_place_of_the_rail_opens(cast: Cast, name: str) -> None:
    browser = signed_in(getattr(cast, name))
    page = browser.get("/", follow=True).content.decode()
    rail = page[page.index('<nav class="rail') : page.index("</nav>", page.index('<nav class="rail'))]
    places = set(re.findall(r'href="(/[^"]*)"', rail))
    assert "/settings/" in places
    assert {place: browser.get(place, follow=True).status_code for place in places} == dict.fromkeys(
        places, 200
    )
