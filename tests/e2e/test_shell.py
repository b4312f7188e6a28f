"""The shell in a real browser: no breach of accessibility or of the content security policy, and no script needed."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.cast import PASSWORD
from tests.e2e.accessibility import readers
from tests.e2e.conftest import Portal

ENTRANCE = (
    "/account/login/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/nowhere/",
    "/demo/",
    "/demo/web-host/",
    "/demo/client/",
    "/demo/inbox/",
)
SIGNED_IN = ("/", "/settings/", "/account/logout/", "/account/reauthenticate/")
STAFF = ("/", "/admin/", "/settings/", "/settings/security/second-step/")


def test_everybody_can_use_the_pages(portal: Portal) -> None:
    """The other pages of who has signed in are looked at by test_every_page; here the frame around them, narrow too."""
    found = [
        fault
        for person, paths in ((None, ENTRANCE), (portal.cast.mette, SIGNED_IN), (portal.cast.jonas, STAFF))
        for reader in readers(portal, person)
        for path in paths
        for fault in reader.faults(path)
    ]
    assert found == []


def test_signing_in_and_out_by_keyboard(portal: Portal) -> None:
    page = portal.page()
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Gå til indholdet")).to_be_focused()
    page.get_by_label("E-mail").fill(portal.cast.mette.user.email)
    page.get_by_label("Adgangskode", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mette")

    # The status stands at the same place on every page, broad or narrow, and leads out of any.
    status = page.locator(".my-status > summary")
    places = [
        (status.bounding_box(), page.goto(path)) for path in ("/colleagues/", "/profiles/", "/settings/")
    ]
    assert all(place == status.bounding_box() for place, _ in places)
    status.focus()
    page.keyboard.press("Enter")
    leave = page.locator(".my-status").get_by_role("button", name="Log ud")
    leave.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log ind")


def test_signing_in_and_changing_theme_without_script(portal: Portal) -> None:
    page = portal.page(javascript=False)
    page.goto("/settings/profile/")
    page.get_by_label("E-mail").fill(portal.cast.mette.user.email)
    page.get_by_label("Adgangskode").fill(PASSWORD)
    page.get_by_role("button", name="Log ind", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Profil, sprog og farver")
    page.get_by_label("Mørk").check()
    page.get_by_label("Svenska").check()
    page.get_by_role("button", name="Gem").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_text("Sparat.")).to_be_visible()


def test_a_password_can_be_shown(portal: Portal) -> None:
    page = portal.page()
    page.goto("/account/login/")
    field = page.get_by_label("Adgangskode", exact=True)
    field.fill("synlig")
    page.get_by_role("button", name="Vis: Adgangskode").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Skjul: Adgangskode").click()
    expect(field).to_have_attribute("type", "password")


def test_the_policy_stops_what_is_injected(portal: Portal) -> None:
    page = portal.page()
    page.goto("/account/login/")
    page.evaluate(
        """() => {
        const script = document.createElement("script");
        script.textContent = "window.injected = true";
        document.body.append(script);
        }"""
    )
    assert page.evaluate("window.injected") is None
    assert any("Content Security Policy" in fault for fault in portal.faults)
    portal.faults.clear()


def test_what_could_not_be_fetched_is_said_until_it_works_again(portal: Portal) -> None:
    page = portal.page(portal.cast.mette)
    page.goto("/settings/")
    page.evaluate("htmx.ajax('GET', '/nowhere/', {target: '#announcements'})")
    expect(page.get_by_role("alert")).to_contain_text("Det lykkedes ikke")
    portal.faults.clear()  # htmx writes the status to the console

    page.evaluate("htmx.ajax('GET', '/settings/', {target: '#announcements', select: 'h1'})")
    expect(page.get_by_role("alert")).to_be_empty()


def test_what_has_no_room_in_a_phones_bar_is_under_more(portal: Portal) -> None:
    page = portal.page(portal.cast.mette, language="en", width=390)
    page.goto("/")
    bar = page.get_by_role("navigation", name="Main menu")
    assert bar.get_by_role("link", name="Settings").count() == 0
    bar.get_by_text("More", exact=True).click()
    bar.get_by_role("link", name="Settings").click()
    page.wait_for_url("**/settings/")
    assert bar.locator("summary.here").is_visible()
    page.set_viewport_size({"width": 1440, "height": 900})
    assert bar.get_by_text("More", exact=True).is_hidden()
    assert bar.get_by_role("link", name="Settings").count() == 1
