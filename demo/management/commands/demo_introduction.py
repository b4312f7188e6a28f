"""Tell at the terminal how to sign in and what to try first."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from demo.people import DOMAIN, PASSWORD, SIGN_INS
from demo.seed import totp_secret
from myfone.tenancy.actor import STAFF


class Command(BaseCommand):
    help = "Print addresses, sign-ins and a first thing to try."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        url = settings.PORTAL_URL
        self.stdout.write(f"  Portal      {url}/")
        self.stdout.write(
            f"  Demo        {url}/demo/   what is real, sign-in codes, inbox, web host, SIP client"
        )
        self.stdout.write(f"\n  Everybody's password: {PASSWORD}")
        for person in SIGN_INS:
            role = str(person.role.label) if person.role else ""
            secret = f"authenticator {totp_secret(person.email)}" if person.role in STAFF else ""
            self.stdout.write(f"  {role:24}{person.email:24}{secret}".rstrip())
        self.stdout.write("  (the current codes of the authenticators are on the demo page)")
        self.stdout.write(
            f"\n  First: sign in as {SIGN_INS[1].email}, order Skype for Business for {DOMAIN}, follow the wizard,"
            "\n  mend the zone on the demo's web host, let tonight's job run now, link an account, sign in as a client."
        )
