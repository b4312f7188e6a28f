"""A passkey is made and used in a real browser, with an authenticator that Chromium plays."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.cast import PASSWORD
from tests.e2e.conftest import Portal


def with_authenticator(page: Page) -> None:
    """Give the browser a security key that verifies its user."""
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_signs_in_without_a_password(portal: Portal) -> None:
    page = portal.page()
    with_authenticator(page)
    page.goto("/account/login/")
    page.get_by_label("E-mail").fill(portal.cast.mette.user.email)
    page.get_by_label("Adgangskode", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log ind", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mette")

    page.goto("/account/2fa/webauthn/add/")
    page.locator("[name=name]").fill("Min bærbare")
    if (passwordless := page.locator("[name=passwordless]")).count():
        passwordless.check()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(lambda url: "/add/" not in url)
    page.goto("/account/2fa/webauthn/")
    expect(page.get_by_text("Min bærbare").first).to_be_visible()

    page.goto("/settings/")
    page.get_by_role("button", name="Log ud").click()
    page.goto("/account/login/")
    page.locator("#passkey_login").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mette")
