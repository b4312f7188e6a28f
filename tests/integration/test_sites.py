"""Where a company is: who writes it down, who is where, and what becomes of people when an address goes."""

from __future__ import annotations

from django.test import Client

from myfone.kernel.models import AuditEntry
from myfone.tenancy.context import tenant
from telephony.models import Extension, Site, SitePlace
from tests.cast import Cast, Person, signed_in

HOME = {
    "name": "Aarhus", "street": "Åboulevarden", "house_number": "12B", "details": "2. sal", "postcode": "8000",
    "town": "Aarhus C", "country": "DK",
}  # fmt: skip
AWAY = HOME | {
    "name": "Odense",
    "street": "Vestergade",
    "house_number": "7",
    "postcode": "5000",
    "town": "Odense C",
}


def browser(person: Person) -> Client:
    client = signed_in(person)
    client.cookies["language"] = "en"
    return client


def shown(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


def test_an_address_is_written_down_people_are_put_there_and_told(cast: Cast) -> None:
    sara, mette = browser(cast.sara), browser(cast.mette)
    assert "do not know where the company is" in shown(sara, "/numbers/")
    assert "do not know where the company is" in shown(mette, "/settings/address/")
    for _ in range(2):  # a double click is one address
        assert sara.post("/numbers/sites/new/", HOME).status_code == 302
    assert sara.post("/numbers/sites/new/", AWAY).status_code == 302
    assert sara.post("/numbers/sites/new/", HOME | {"town": "Skanderborg"}).status_code == 422
    assert "do not know" not in shown(sara, "/numbers/")
    page = shown(mette, "/settings/address/")
    assert "Åboulevarden 12B, 2. sal" in page
    assert "An administrator of your company changes it" in page
    with tenant(cast.sara.actor):
        assert cast.mette.employee is not None
        Extension(customer=cast.bixen, number="203", employee=cast.mette.employee).save()
        odense = Site.objects.visible_to(cast.sara.actor).get(name="Odense")
        assert not odense.is_default
    here = f"/numbers/people/{cast.mette.employee.public_id}/"
    assert sara.post(here, {"do": "sites", "site": str(odense.public_id)}).status_code == 302
    assert "Vestergade 7" in shown(mette, "/settings/address/")
    assert "1 employee is put here" in shown(sara, "/numbers/sites/")
    # A foreign address is none.
    with tenant(cast.stig.actor):
        foreign = Site(customer=cast.fremmed, name="X", street="Y", postcode="1", town="Z")
        foreign.save()
    sara.post(here, {"do": "sites", "site": str(foreign.public_id)})
    assert "Vestergade 7" in shown(mette, "/settings/address/")

    asked = shown(sara, f"/numbers/sites/{odense.public_id}/remove/")
    assert "Mette Hansen" in asked
    assert "from Aarhus (Åboulevarden 12B, 2. sal)" in asked
    assert sara.post(f"/numbers/sites/{odense.public_id}/remove/", {"confirm": "yes"}).status_code == 302
    assert "Åboulevarden 12B" in shown(mette, "/settings/address/")
    with tenant(cast.sara.actor):
        assert not SitePlace.objects.visible_to(cast.sara.actor).exists()
    assert AuditEntry.objects.filter(action="site.removed").count() == 1


def test_the_default_is_kept_while_another_could_be_it_and_two_who_save_see_each_other(cast: Cast) -> None:
    sara, jonas = browser(cast.sara), browser(cast.jonas)
    sara.post("/numbers/sites/new/", HOME)
    base = f"/admin/customers/{cast.bixen.public_id}/numbers/sites/"
    jonas.post(f"{base}new/", AWAY)
    with tenant(cast.sara.actor):
        home, away = Site.objects.visible_to(cast.sara.actor).order_by("name")
    refused = sara.post(f"/numbers/sites/{home.public_id}/remove/", {"confirm": "yes"})
    assert refused.status_code == 409
    assert "Make another address that one first" in refused.content.decode()
    seen = sara.get(f"/numbers/sites/{away.public_id}/").context["seen"]
    assert (
        jonas.post(f"{base}{away.public_id}/", AWAY | {"house_number": "9", "seen": seen}).status_code == 302
    )
    late = sara.post(f"/numbers/sites/{away.public_id}/", AWAY | {"house_number": "8", "seen": seen})
    assert late.status_code == 409
    assert "Vestergade 9" in late.content.decode()
    assert jonas.post(f"{base}{away.public_id}/", {"do": "default"}).status_code == 302
    assert sara.post(f"/numbers/sites/{home.public_id}/remove/", {"confirm": "yes"}).status_code == 302
    assert browser(cast.olga).get(base).status_code == 404
    assert browser(cast.peter).get("/numbers/sites/").status_code == 404


def test_an_address_that_nobody_could_find_is_not_written_down(cast: Cast) -> None:
    sara = browser(cast.sara)
    refused = sara.post("/numbers/sites/new/", HOME | {"postcode": "12", "house_number": ""})
    assert refused.status_code == 422
    page = " ".join(refused.content.decode().split())
    assert "The postcode does not fit the country (Denmark). Write it such as 8000." in page
    assert "Write the house number with its digits, such as 12 or 12B." in page
    for odd in ({"house_number": "abc"}, {"country": "SE"}, {"country": "NL"}, {"postcode": "8000 C"}):
        assert sara.post("/numbers/sites/new/", HOME | odd).status_code == 422, odd
    with tenant(cast.sara.actor):
        rows = Site.objects.visible_to(cast.sara.actor)
        assert not rows.exists()
        # What was written down before this was asked stays as it is, until somebody changes it.
        old = Site(customer=cast.bixen, name="Old", street="Vestergade", postcode="1", town="Odense")
        old.save()
    path = f"/numbers/sites/{old.public_id}/"
    assert "Vestergade" in shown(sara, path)
    assert sara.post(path, {"do": "default"}).status_code == 302
    seen = sara.get(path).context["seen"]
    assert sara.post(path, HOME | {"postcode": "1", "seen": seen}).status_code == 422
    assert sara.post(path, HOME | {"seen": seen}).status_code == 302
    assert sara.post("/numbers/sites/new/", AWAY | {"country": "SE", "postcode": "111 20"}).status_code == 302
