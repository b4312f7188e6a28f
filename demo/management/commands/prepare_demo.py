"""Bring a demo installation up to date, in one process because each start of Django costs a second."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import override

from demo.history import seed_history
from demo.people import CALLED, DOMAIN, PASSWORD, SIGN_INS
from demo.seed import seed, totp_secret
from myfone.tenancy.actor import STAFF


class Command(BaseCommand):
    help = (
        "Collect static files, create database and roles, migrate, write the demo data; tell how to sign in."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--admin", help="address of the server for a superuser; without it roles must exist"
        )
        parser.add_argument("--kamailio-password", default="kamailio")

    def handle(self, *args: Any, admin: str | None, kamailio_password: str, **options: Any) -> None:
        # First, and said aloud: the portal lists these files when it starts, which it does beside the rest.
        call_command("collectstatic", verbosity=0, interactive=False)
        self.stdout.write("Static files are in place.")
        self.stdout.flush()
        if admin:
            call_command("provision_database", admin=admin, kamailio_password=kamailio_password, verbosity=0)
        if "migrator" in settings.DATABASES:
            call_command("migrate", database="migrator", verbosity=0, interactive=False)
        seed()
        if admin:
            seed_history(admin)
        with override("en"):
            self.stdout.write(introduction(settings.PORTAL_URL))


def introduction(url: str) -> str:
    """Return addresses, sign-ins and a first thing to try, for a terminal."""
    lines = [
        f"Portal   {url}/",
        f"Demo     {url}/demo/   what is real, codes for the second step, inbox, web host, SIP client",
        "",
        f"Everybody's password: {PASSWORD}",
    ]
    for person in SIGN_INS:
        role = str(person.role.label) if person.role else ""
        secret = f"authenticator {totp_secret(person.email)}" if person.role in STAFF else ""
        lines.append(f"{role:24}{person.email:24}{secret}".rstrip())
    lines += [
        "(the demo page shows the current codes of the authenticators)",
        "",
        f"First: sign in as {SIGN_INS[1].email}, order Skype for Business for {DOMAIN}, follow the wizard,",
        "mend the zone at the demo's web host, let tonight's job run now, link an account, sign in as a client.",
        f"A call: sign in as {CALLED}, stay on Today, and type script/call in another terminal.",
    ]
    return "\n".join(f"  {line}".rstrip() for line in lines)
