"""Run a night's certificates now, instead of at the next full hour of the night."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from myfone.kernel import clock
from provisioning.rules.certificate_plan import LAST_HOUR
from provisioning.services import certificates


class Command(BaseCommand):
    help = "Plan the certificates that are due, as the night job does; the workers make them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--date",
            type=dt.date.fromisoformat,
            help="look at what is due in this date's night (YYYY-MM-DD); without it, at what is due now",
        )

    def handle(self, *args: Any, date: dt.date | None, **options: Any) -> None:
        at = clock.now()
        night = clock.local_time(date, LAST_HOUR) if date else at
        planned = certificates.tonight(at=at, due=night)
        for certificate in planned:
            self.stdout.write(f"{certificate}: {certificate.get_step_display()}")
        if not planned:
            self.stdout.write("Nothing is due.")
