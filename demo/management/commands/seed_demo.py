"""Write the demo data."""

from typing import Any

from django.core.management.base import BaseCommand

from demo.seed import seed


class Command(BaseCommand):
    help = "Write what is missing of the demo data; safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        added = seed()
        self.stdout.write(f"{added} people were added." if added else "The demo data are complete.")
