"""Every page that the table of routes names, in a real browser: nothing breaks accessibility, width or the policy."""

from __future__ import annotations

import pytest
from django.test import Client

from myfone.tenancy.actor import Role
from tests.architecture.routes import ROUTES
from tests.architecture.test_access import address, admin_routes
from tests.architecture.world import World
from tests.cast import signed_in
from tests.e2e.accessibility import readers
from tests.e2e.conftest import Portal

VISITORS = ("nobody", "mette", "jonas")


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
            # A guide as PDF is no page, and costs more to make than all pages to open.
            if visible and not pattern.endswith(".pdf"):
                found.append(address(pattern, values))
                break
    if role in {Role.RESELLER_STAFF, Role.PROVIDER_STAFF}:
        found += [f"/{pattern}" for pattern in admin_routes() if "<" not in pattern]
    return [path for path in found if _is_page(client, path)]


def _is_page(client: Client, path: str) -> bool:
    answer = client.get(path)
    whole = b"<html" in answer.content[:500]  # what htmx swaps in is a piece of a page
    return answer.status_code == 200 and whole


@pytest.mark.parametrize("name", VISITORS)
def test_each_page_can_be_used_by_everybody(portal: Portal, name: str) -> None:
    world = World(portal.cast)
    person = world.people[name]
    addresses = pages(world, name)
    assert addresses
    found = [
        fault
        for reader in readers(portal, person)
        for path in addresses
        for fault in reader.faults(path, narrow=False)
    ]
    assert found == []
