"""Every route × method × role × own, sibling and foreign object, enumerated from the product itself."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from myfone.api import urls as api_urls
from myfone.backoffice.site import site
from tests.architecture.routes import ROUTES, Access
from tests.architecture.world import World
from tests.cast import Cast, signed_in

REFUSED = {302, 401, 403, 404}
FAULTS = set(range(500, 600))
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    pattern: str
    admin: bool


def enumerated() -> Iterator[str]:
    """Every route that the resolver knows."""

    def below(resolver, prefix: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            pattern = prefix + str(entry.pattern)
            if isinstance(entry, URLPattern):
                yield pattern
            else:
                yield from below(entry, pattern)

    yield from below(get_resolver(), "")


def admin_routes() -> dict[str, type]:
    """The routes that the admin registry adds for each model, and the model."""
    found = {}
    for model in site._registry:
        base = f"admin/{model._meta.app_label}/{model._meta.model_name}/"
        for tail in (
            "",
            "add/",
            "<path:object_id>/history/",
            "<path:object_id>/delete/",
            "<path:object_id>/change/",
        ):
            found[base + tail] = model
        found[base + "<path:object_id>/"] = model
    return found


def test_every_route_is_in_the_table() -> None:
    admin = set(admin_routes()) | {
        "admin/^(?P<app_label>" + "|".join(sorted({m._meta.app_label for m in site._registry})) + ")/$"
    }
    known = set(ROUTES)
    found = {pattern for pattern in enumerated() if not pattern.startswith("admin/^(?P<app_label>")}
    assert found - known - admin == set(), "say in routes.py who may do what there"
    assert known - found == set(), "these routes are gone"


def test_every_api_route_is_in_the_schema(cast: Cast, client: Client) -> None:
    client.force_login(cast.mette.user)
    documented = {path.lstrip("/") for path in client.get("/api/schema.json").json()["paths"]}
    wired = {"api/" + str(entry.pattern) for entry in api_urls.urlpatterns} - {"api/schema.json"}
    assert documented == {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", pattern) for pattern in wired}


@pytest.fixture
def world(cast: Cast) -> World:
    return World(cast)


def address(pattern: str, values: dict[str, object]) -> str:
    """Fill a route's parameters."""
    path = pattern.replace("^", "").replace("$", "")
    path = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda m: str(values[m[1]]), path)
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(values[m[1]]), path)
    return "/" + path


def ask(client: Client, method: str, path: str) -> tuple[int, bytes]:
    client.raise_request_exception = False
    answer = client.generic(method, path, content_type="application/x-www-form-urlencoded")
    return answer.status_code, answer.content if not answer.streaming else b"".join(answer.streaming_content)


def masked(body: bytes, *ids: object) -> bytes:
    """Take out what may differ between two pages about different ids."""
    for one in ids:
        body = body.replace(str(one).encode(), b"ID")
    return re.sub(rb'(csrfmiddlewaretoken" value="|"X-CSRFToken": ")[^"]+', rb"\1", body)


@pytest.mark.parametrize("pattern", sorted(ROUTES))
def test_a_route_answers_those_it_is_for(world: World, pattern: str) -> None:
    access = ROUTES[pattern]
    for name, person in world.people.items():
        role = person.actor.role if person else "nobody"
        for whose, values, visible in world.objects(access.about, person):
            client = signed_in(person)
            for method in METHODS:
                path = address(pattern, values)
                status, body = ask(client, method, path)
                said = f"{method} {path} by {name} about {whose}: {status}"
                assert status not in FAULTS, f"{said}\n{body[-2000:].decode(errors='replace')}"
                if role not in access.who:
                    assert status in REFUSED | {405}, said
                    assert status != 200, said
                elif method == "PUT" and "POST" in access.methods:
                    continue  # Django's form views take PUT as POST
                elif method not in access.methods:
                    assert status in {405, 404, 403, 302}, said
                elif access.about and not visible:
                    assert status == 404, said
                    missing = {name: world.missing(value) for name, value in values.items()}
                    again, other = ask(client, method, address(pattern, missing))
                    assert again == 404, said
                    assert masked(body, path, *values.values()) == masked(
                        other, address(pattern, missing), *missing.values()
                    ), f"{said}: a foreign object must look like a missing one"
                else:
                    assert status not in {401, 403}, said
                    if access.about in world.kinds:
                        assert status != 404, said


def test_the_admin_shows_own_rows_alone(world: World) -> None:
    assert site._registry, "the admin area has no lists"
    for model in site._registry:
        show_own_rows_alone(world, model)


def show_own_rows_alone(world: World, model: type) -> None:
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    rows = world.rows(model)
    for name, person in world.people.items():
        role = person.actor.role if person else "nobody"
        client = signed_in(person)
        for path in (
            base,
            f"{base}add/",
            *(f"{base}{row.pk}/{tail}" for row in rows for tail in ("change/", "history/", "delete/")),
        ):
            for method in ("GET", "POST"):
                status, body = ask(client, method, path)
                said = f"{method} {path} by {name}: {status}"
                assert status not in FAULTS, f"{said}\n{body[-2000:].decode(errors='replace')}"
                if role not in {"provider_staff", "reseller_staff"}:
                    assert status in REFUSED, said
        if role == "reseller_staff":
            foreign = [row for row in rows if not world.may_see(person, row)]
            assert foreign, f"the world lacks a foreign {model.__name__}"
            listed = client.get(base).content.decode()
            for row in foreign:
                assert f"{base}{row.pk}/" not in listed
                for tail in ("change/", "history/", "delete/"):
                    for method in ("GET", "POST"):
                        status, _ = ask(client, method, f"{base}{row.pk}/{tail}")
                        assert status in {302, 403, 404}, (
                            f"{method} {base}{row.pk}/{tail} by {name}: {status}"
                        )
            for word in world.names_hidden_from(person):
                assert word not in listed, f"{base} tells {name} of {word}"


def test_a_route_that_exists_for_nobody_is_refused(db: None) -> None:
    assert Client().get(f"/{uuid.uuid4()}/").status_code == HTTPStatus.NOT_FOUND


def test_the_table_uses_known_words() -> None:
    for access in ROUTES.values():
        assert isinstance(access, Access)
        assert access.about in World.kinds | World.never or not access.about
