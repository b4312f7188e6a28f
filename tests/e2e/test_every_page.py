"""Every page one can click to: accessible in both themes and all languages, and no wider than the window."""

from __future__ import annotations

from urllib.parse import urldefrag, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.models import Order, Setup, StageConfirmation
from telephony.models import Extension, Phone, PhoneKind, SipDomain
from tests.cast import Cast
from tests.e2e.conftest import Portal

# Danish in both themes, the other languages in one.
LOOKS = [("da", "light"), ("da", "dark"), ("en", "light"), ("sv", "dark")]
STARTS = {"mette": "/", "line": "/", "sara": "/", "jonas": "/admin/", "provider": "/admin/"}
# In the other languages the walk is for the words, which these two see nearly all of.
FEW = ("mette", "jonas")
# Files to download, and addresses that only redirect.
NO_PAGE = (".txt", ".eml", ".zone", ".pdf", "/download/", "/static/", "/api/")
MOST = 60


def furnish(cast: Cast) -> None:
    """Give the customers something to show: one in use, one on its way."""
    at = clock.now()
    with tenant(Actor.platform(doing="test")):
        for customer, domain, live in ((cast.bixen, "it-bixen.dk", at), (cast.havnen, "havnens.dk", None)):
            order = Order(customer=customer, domain=domain, created_by="test", confirmed_at=at)
            order.save()
            realm = SipDomain(customer=customer, name=domain)
            realm.save()
            setup = Setup(
                customer=customer,
                order=order,
                domain=domain,
                sip_domain=realm,
                live_at=live,
                dns_verified_at=live,
            )
            setup.save()
            for stage in ("contacts", "deactivation") if live else ():
                StageConfirmation(
                    customer=customer,
                    setup=setup,
                    stage=stage,
                    confirmed_by="test",
                    confirmed_by_name="Jonas Holm",
                    confirmed_at=at,
                ).save()
        Phone(
            customer=cast.bixen,
            employee=cast.mette.employee,
            kind=PhoneKind.SKYPE,
            sip_domain=SipDomain.objects.visible_to(Actor.platform(doing="test")).get(name="it-bixen.dk"),
            username="mette",
            line_identity="7000203",
        ).save()
        Extension(customer=cast.bixen, number="203", employee=cast.mette.employee).save()


def links(page: Page) -> list[str]:
    """List the addresses that the page leads to within the portal, without their queries' variants."""
    found = page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
    here = urlsplit(page.url).netloc
    paths = []
    for address in found:
        parts = urlsplit(urldefrag(address)[0])
        if parts.netloc == here and not any(mark in parts.path for mark in NO_PAGE):
            paths.append(parts.path)
    return paths


def faults(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    found = [f"{rule['id']}: {node['html'][:160]}" for rule in violations for node in rule["nodes"]]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the window")
    return found


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_every_page_within_reach(portal: Portal, language: str, theme: str) -> None:
    furnish(portal.cast)
    wrong: dict[str, list[str]] = {}
    # Each look at a width of its own keeps the run short; the shell's pages are looked at in all.
    width = 390 if theme == "dark" else 1440
    seen: set[str] = set()
    for who, start in STARTS.items():
        if language != "da" and who not in FEW:
            continue
        page = portal.page(getattr(portal.cast, who), language=language, theme=theme, width=width)
        waiting, visited = [start], set()
        while waiting and len(visited) < MOST:
            address = waiting.pop(0)
            if address in visited:
                continue
            visited.add(address)
            answer = page.goto(address)
            assert answer is not None
            if answer.status >= 400:
                wrong[f"{who} {address}"] = [f"answered {answer.status}"]
                continue
            landed = urlsplit(page.url).path
            if (key := f"{who in ('jonas', 'provider')} {landed}") not in seen:
                seen.add(key)
                if found := faults(page):
                    wrong[f"{who} {address} {width}"] = found
            waiting += [path for path in links(page) if path not in visited]
        assert len(visited) < MOST, f"{who} finds more pages than this test can walk: {waiting}"
    assert wrong == {}
    assert len(seen) > 20, "too few pages were found for this to mean anything"
