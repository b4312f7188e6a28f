"""Bring a demo installation up to date, in one process because each start of Django costs a second."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Create database and roles, migrate, collect static files, and write the demo data."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--admin", help="address of the server for a superuser; without it roles must exist"
        )
        parser.add_argument("--kamailio-password", default="kamailio")

    def handle(self, *args: Any, admin: str | None, kamailio_password: str, **options: Any) -> None:
        if admin:
            call_command("provision_database", admin=admin, kamailio_password=kamailio_password, verbosity=0)
        if "migrator" in settings.DATABASES:
            call_command("migrate", database="migrator", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        call_command("seed_demo")
