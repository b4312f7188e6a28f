"""Some hundreds of inputs by chance through the pages of ordering: no server error, and each refusal says why."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from myfone.tenancy.context import tenant
from myfone.tenancy.models import Customer
from tests.cast import Cast, signed_in
from tests.fuzz import Chance

SEED = 3_2026
# Where a page says what is wrong: beside a field, in a notice, or in a message on the page that follows.
REASON = re.compile(r'class="(errorlist|notice (bad|warn)|messages?\b)')


@pytest.fixture
def browser(cast: Cast) -> Client:
    return signed_in(cast.jonas)


def base(cast: Cast) -> str:
    return f"/admin/customers/{cast.bixen.public_id}/skype/"


def answered(response: HttpResponse, said: str) -> bool:
    """Check that the page took it, or says why not; return whether it took it."""
    assert response.status_code in {200, 302, 409}, f"{said!r}: {response.status_code}"
    if response.status_code == 302:
        return True
    assert REASON.search(response.content.decode()), f"{said!r} was refused without a reason"
    return False


def test_names_of_companies(cast: Cast, browser: Client) -> None:
    chance, taken = Chance(SEED), 0
    for name in chance.many(chance.text, 100):
        cvr = chance.choice(("", "", "13585628", chance.piece()))
        taken += answered(browser.post("/admin/customers/new/", {"name": name, "cvr": cvr}), name)
    assert taken > 20
    with tenant(cast.jonas.actor):
        names = Customer.objects.visible_to(cast.jonas.actor).values_list("name", flat=True)
    assert all(name.strip() and name.isprintable() for name in names)
    assert browser.get("/admin/").status_code == 200
    assert browser.get("/admin/tenancy/customer/").status_code == 200


def test_domains_and_the_rest_of_the_order(cast: Cast, browser: Client) -> None:
    chance, taken = Chance(SEED + 1), 0
    for domain in (*chance.many(chance.domain, 80), "bl\u00e5b\u00e6r.dk"):
        data = {
            "domain": domain,
            "had_skype": chance.choice(("yes", "no", chance.piece())),
            "licence_mode": chance.choice(("one_for_all", "per_employee", chance.piece())),
            "licence_code": chance.choice(("k1", "business-premium", chance.piece(), "")),
        }
        if answered(browser.post(f"{base(cast)}order/", data), domain):
            taken += 1
            assert browser.get(f"{base(cast)}order/confirm/").status_code == 200, domain
    assert taken
    for price in ("", "NaN", "Infinity", "1e9999999", "-0", "\u0663", "12,5"):
        answered(browser.post(f"{base(cast)}order/confirm/", {"price": price}), price)
    for name in (*chance.many(chance.piece, 20), "office365"):
        assert browser.post(f"{base(cast)}order/declare/", {"precondition": name}).status_code == 302


def test_licences_and_files(cast: Cast, browser: Client) -> None:
    chance = Chance(SEED + 2)
    mette = cast.mette.employee.public_id  # type: ignore[union-attr]
    for code in chance.many(chance.text, 25):
        field = chance.choice((f"licence-{mette}", f"licence-{code}", code or "x"))
        for response in (
            browser.post(f"{base(cast)}licences/", {field: code, "next_page": code, "q": code}),
            browser.post(f"{base(cast)}licences/all/", {"licence": code, "whom": code}),
            browser.get(f"{base(cast)}licences/price/", {field: code}),
            browser.get(f"{base(cast)}licences/", {"q": code, "show": code, "page": code}),
        ):
            assert response.status_code in {200, 302}, code
    text = "Navn;E-mail;Licens\r\nMette;mette@it-bixen.dk;E3\r\n"
    for number in range(50):
        data = chance.changed(text).encode(chance.choice(("utf-8", "utf-16", "cp1252")), errors="replace")
        file = SimpleUploadedFile("a.csv", data)
        sent = {"file": file} if number % 2 else {"text": data.decode("latin-1"), "confirm": "1"}
        response = browser.post(f"{base(cast)}licences/import/", sent)
        if 'role="status"' not in response.content.decode():
            answered(response, repr(data))


def test_ends_of_contracts(cast: Cast, browser: Client) -> None:
    chance = Chance(SEED + 3)
    for text in chance.many(chance.text, 20):
        for path, data in (
            ("end/", {"last_day": text, "domain": text}),
            ("order/cancel/", {"reason": text}),
            ("end/withdraw/", {}),
            ("end/retry/", {}),
        ):
            assert browser.post(base(cast) + path, data).status_code == 302
