"""Every page that the table of routes names, in a real browser: nothing breaks accessibility, width or the policy."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page

from myfone.tenancy.actor import Role
from tests.architecture.routes import ROUTES
from tests.architecture.test_access import address, admin_routes
from tests.architecture.world import World
from tests.cast import signed_in
from tests.e2e.conftest import Portal

VISITORS = ("nobody", "mette", "jonas")
WIDTHS = (1440, 390)
# Colours that are under way from light to dark have no contrast yet.
STILL = "Promise.all(document.getAnimations().map(animation => animation.finished))"


def pages(world: World, name: str) -> list[str]:
    """Return the addresses at which this visitor gets a page."""
    person = world.people[name]
    role = person.actor.role if person else "nobody"
    client: Client = signed_in(person)
    found = []
    for pattern, access in ROUTES.items():
        if "GET" not in access.methods or role not in access.who:
            continue
        for _, values, visible in world.objects(access.about, person):
            if visible:
                found.append(address(pattern, values))
                break
    if role in {Role.RESELLER_STAFF, Role.PROVIDER_STAFF}:
        found += [f"/{pattern}" for pattern in admin_routes() if "<" not in pattern]
    return [path for path in found if _is_page(client, path)]


def _is_page(client: Client, path: str) -> bool:
    answer = client.get(path)
    whole = b"<html" in answer.content[:500]  # what htmx swaps in is a piece of a page
    return answer.status_code == 200 and whole


def breaches(page: Page, saying: str) -> list[str]:
    """Return what axe objects to, by rule and element."""
    found = Axe().run(page).response["violations"]
    return [f"{saying} {rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("name", VISITORS)
def test_each_page_can_be_used_by_everybody(portal: Portal, name: str) -> None:
    world = World(portal.cast)
    person = world.people[name]
    wrong: dict[str, list[str]] = {}
    addresses = pages(world, name)
    assert addresses
    for language in ("da", "en", "sv"):
        page = portal.page(person, language=language, theme="light")
        page.context.add_cookies([{"name": "theme", "value": "system", "url": portal.url}])
        for path in addresses:
            faults = []
            page.goto(path)
            # Rules of structure and colour hold in every language or in none; what differs is the room words take.
            if language == "da":
                faults += breaches(page, "da light")
                page.emulate_media(color_scheme="dark")
                page.evaluate(STILL)
                faults += breaches(page, "da dark")
                page.emulate_media(color_scheme="light")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    faults.append(f"{language} does not fit {width}")
            page.set_viewport_size({"width": 1440, "height": 900})
            if faults:
                wrong[path] = faults
    assert wrong == {}
