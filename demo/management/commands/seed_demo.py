"""Write the demo data."""

from typing import Any

from django.core.management.base import BaseCommand

from demo.people import DOMAIN
from demo.seed import seed
from demo.webhost import StandInHost, zone_host


class Command(BaseCommand):
    help = "Write what is missing of the demo data; safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        added = seed()
        host = zone_host(DOMAIN)
        if isinstance(host, StandInHost):
            host.entries()
        self.stdout.write(f"{added} people were added." if added else "The demo data are complete.")
