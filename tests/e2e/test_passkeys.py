"""Passkeys under the content security policy, with the browser's own virtual authenticator."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.cast import PASSWORD
from tests.e2e.conftest import Portal

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_authenticator(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


def test_staff_choose_a_passkey_and_sign_in_with_it_alone(portal: Portal) -> None:
    page = portal.page()
    with_authenticator(page)
    page.goto("/account/login/")
    page.get_by_label("E-mail").fill(portal.cast.jonas.user.email)
    page.get_by_label("Adgangskode", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log ind", exact=True).click()
    page.get_by_role("link", name="Adgangsnøgle eller sikkerhedsnøgle").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tilføj en adgangsnøgle")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Tilføj").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gendannelseskoder")
    page.get_by_role("link", name="Jeg har gemt dem").click()
    expect(page.get_by_text("1 adgangsnøgle", exact=True)).to_be_visible()

    page.goto("/settings/")
    page.get_by_role("button", name="Log ud").click()
    page.get_by_role("button", name="Log ind med en adgangsnøgle").click()
    expect(page.get_by_role("link", name="Kunder", exact=True)).to_be_visible()
    page.goto("/admin/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kunder")
