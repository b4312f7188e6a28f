"""The guide, page by page, on real parts: order → setup → zone → night → link → client signed in.

A reseller orders Skype for Business for IT-bixen in a browser; the zone is mended at the web host; name servers are
asked; a certificate is issued and served; an employee links an account; a client that knows only its address and
password finds the switch and signs in. Nothing is replaced, and what cannot be faked is asserted.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import re
import struct
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from demo.sipclient import Account, Session, SignInFailed, sign_in
from demo.sipclient.connection import tls
from tests.e2e.machine import DAEMONS, Running, machine  # noqa: F401  the fixture

PASSWORD = "Myfone-demo-2025"
SKYPE_PASSWORD = "Bixen-2026-vinter"
PATIENT = 30_000
WATCHED = 90_000


def code(secret: str) -> str:
    """Return what an authenticator app shows now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret + "=" * (-len(secret) % 8)), counter, hashlib.sha1)
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def signed_in(browser: Browser, machine: Running, email: str) -> Page:  # noqa: F811
    """Sign in through the form, as staff with the code that the terminal printed."""
    context: BrowserContext = browser.new_context(base_url=machine.url, locale="da-DK")
    context.set_default_timeout(PATIENT)
    page = context.new_page()
    page.goto("/account/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Adgangskode", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log ind", exact=True).click()
    expect(page).not_to_have_url(re.compile("/account/login/"))
    if "authenticate" in page.url:
        line = next(line for line in machine.output if email in line)
        page.locator("[name=code]").fill(code(re.search(r"[A-Z2-7]{32}", line)[0]))
        page.locator("main button[type=submit]").first.click()
    expect(page).not_to_have_url(re.compile("/account/"))
    expect(page.locator("h1")).to_be_visible()
    return page


def press(page: Page, name: str) -> None:
    """Press the button or follow the link of that name."""
    target = page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name))
    target.first.click()


@pytest.fixture
def root(machine: Running) -> Path:  # noqa: F811
    """The authority's root, as a client would have it in its store."""
    return Path(machine.settings["DEMO_ACME_ROOTS"])


def client(machine: Running, root: Path, password: str, port: int = 443) -> Session:  # noqa: F811
    """Sign a client in that knows address and password, and whom to trust; on 5061 at the host that it found."""
    settings = machine.settings
    via = None
    if port != 443:
        front = settings["PLATFORM_ADDRESSES"]
        via = functools.partial(tls, front, port, host="sip.it-bixen.dk", ca_file=str(root))
    account = Account("mette@it-bixen.dk", password)
    return sign_in(account, resolvers=[settings["DNS_RESOLVERS"]], ca_file=str(root), via=via)


def test_the_guide_page_by_page(machine: Running, browser: Browser, root: Path) -> None:  # noqa: F811
    daemons = {name: machine.daemon(name).pid for name in DAEMONS}
    jonas = signed_in(browser, machine, "jonas@nordlystele.dk")

    # 1 Order (G10, G2, G4): product on an existing customer, domain, one licence for all, confirm.
    jonas.goto("/admin/")
    jonas.get_by_role("link", name=re.compile("IT-bixen")).first.click()
    press(jonas, "Tilføj")
    jonas.locator("[name=domain]").fill("it-bixen.dk")
    jonas.locator("[name=licence_code]").select_option(label="Business Premium")
    expect(jonas.locator("#price")).to_contain_text("720")
    press(jonas, "Fortsæt bestillingen")
    while jonas.get_by_role("button", name=re.compile("Det bekræfter jeg|Jeg bekræfter")).count():
        jonas.get_by_role("button", name=re.compile("Det bekræfter jeg|Jeg bekræfter")).first.click()
    if (invite := jonas.get_by_role("button", name=re.compile("Inviter"))).count():
        invite.click()
    press(jonas, "Bekræft bestillingen")

    # 2 Contacts (G11) and 3 deactivation (G12), each with who and when.
    jonas.get_by_role("button", name=re.compile("Gå videre, selv om")).click()
    press(jonas, "Jeg har deaktiveret Skype i Office 365")

    # 4 Report address (G13), then the records (G14). The zone still holds those of Office 365.
    jonas.locator("[name=name]").fill("Jonas Holm")
    jonas.locator("[name=email]").fill("jonas@nordlystele.dk")
    press(jonas, "Videre")
    records = jonas.url
    press(jonas, "Jeg har opsat DNS-records på domænet")
    expect(jonas.locator("#dns-status")).to_contain_text("webdir.online.lync.com", timeout=WATCHED)
    expect(jonas.locator("body")).to_contain_text("sipfed.online.lync.com")

    # Before the certificate the employee's page says when it opens (G15).
    mette = signed_in(browser, machine, "mette@it-bixen.dk")
    mette.goto("/settings/skype-for-business/")
    expect(mette.locator("main")).to_contain_text("it-bixen.dk")
    assert mette.locator("[name=password]").count() == 0

    # The customer's web host: the guide's records replace the old ones, by dynamic update to real name servers.
    host = browser.new_context(base_url=machine.url, locale="da-DK").new_page()
    host.goto("/demo/")
    host.goto("/demo/web-host/")
    host.locator("button[name=do][value=guide]").click()
    jonas.goto(records)
    if (check := jonas.get_by_role("button", name="Tjek nu")).count():
        check.click()
    expect(jonas.locator("#dns-status .verdict.good")).to_have_count(4, timeout=WATCHED)

    # The mail says so at once (G13).
    _mail(host, "jonas@nordlystele.dk", "DNS-records på it-bixen.dk er i orden")

    # The night (G15): a certificate for both names, served by the TLS front.
    host.goto("/demo/")
    press(host, "Kør nu")
    serial, names = _certificate(machine)
    assert set(names) == {"sip.it-bixen.dk", "lyncdiscover.it-bixen.dk"}
    _mail(host, "jonas@nordlystele.dk", "Skype for Business er åben for it-bixen.dk")

    # 5 Linking (G17, G18, G22): the rule is held on the page and on the server.
    mette.goto("/settings/skype-for-business/")
    mette.locator("[name=username]").fill("mette")
    mette.locator("[name=password]").fill("mette")
    mette.locator("[name=repeat]").fill("mette")
    press(mette, "Forbind til Skype for Business")
    expect(mette.locator("main")).not_to_contain_text("Mit nummer")
    mette.locator("[name=username]").fill("mette")
    mette.locator("[name=password]").fill(SKYPE_PASSWORD)
    mette.locator("[name=repeat]").fill(SKYPE_PASSWORD)
    press(mette, "Forbind til Skype for Business")
    expect(mette.locator("main")).to_contain_text("Mit nummer")

    # The ledger has the activation (G5), and nobody can read the digest but the switch.
    assert machine.rows(
        "SELECT count(*) FROM billing_activation a JOIN tenancy_employee e ON e.id = a.employee_id"
        " WHERE e.email = 'mette@it-bixen.dk' AND a.deactivated_at IS NULL"
    ) == [(1,)]
    readers = machine.rows(
        "SELECT rolname FROM pg_roles WHERE has_table_privilege(rolname, 'switch.credential', 'SELECT')"
        " AND NOT rolsuper AND rolname NOT LIKE 'pg\\_%%'"
    )
    assert {name for (name,) in readers} <= {"switch_owner", "migrator", "backup"}

    # 6 A client with address and password alone: SRV, TLS with the customer's certificate, the switch's answer.
    for port in (443, 5061):
        with client(machine, root, SKYPE_PASSWORD, port) as session:
            assert session.answer is not None
            assert session.answer.status == 200
            assert int(session.chain[0].serial, 16) == int(serial, 16)
            assert "sip.it-bixen.dk" in session.chain[0].names
            assert len(session.chain) >= 2
            registered = machine.rows("SELECT username, domain FROM kam.location")
            assert ("mette", "it-bixen.dk") in registered
            # The employee sees the client: since when, and from where.
            mette.goto("/settings/skype-for-business/")
            expect(mette.locator("main")).to_contain_text("127.")
        assert machine.rows("SELECT count(*) FROM kam.location WHERE username = 'mette'") == [(0,)]
    with pytest.raises(SignInFailed):
        client(machine, root, "Wrong-2026")

    # The SIP client's page shows the same.
    host.goto("/demo/")
    host.get_by_role("link", name=re.compile("SIP-klient")).first.click()
    host.locator("[name=address]").fill("mette@it-bixen.dk")
    host.locator("[name=password]").fill(SKYPE_PASSWORD)
    host.locator("main form.form button[type=submit]").click()
    expect(host.locator("#steps")).to_contain_text("sip.it-bixen.dk")
    expect(host.locator("#chain")).to_be_visible()

    # The reseller sees who is linked, and everything was done by the same daemons all the while.
    jonas.goto("/admin/")
    expect(jonas.locator("main")).to_contain_text("IT-bixen")
    assert {name: machine.daemon(name).pid for name in DAEMONS} == daemons


def _certificate(machine: Running) -> tuple[str, list[str]]:  # noqa: F811
    """Wait until the certificate is in use and return its serial and names."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        rows = machine.rows(
            "SELECT serial, names FROM provisioning_certificate WHERE step = 'confirmed' AND ended_at IS NULL"
        )
        if rows:
            serial, names = rows[0]
            return str(serial), list(names)
        machine.rows("SELECT pg_sleep(0.2)")
    raise AssertionError(machine.rows("SELECT step, fault, step_at FROM provisioning_certificate"))


def _mail(page: Page, to: str, text: str) -> None:
    """Wait until the inbox shows a mail to this address that names the text."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        page.goto("/demo/inbox/")
        found = page.locator("main").inner_text()
        if to in found and text in found:
            return
    raise AssertionError(found)
