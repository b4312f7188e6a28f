"""Move every sealed secret under the first key of SECRETS_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from myfone.kernel import secrets


class Command(BaseCommand):
    help = "Rewrap all kept secrets under the first key; afterwards the other keys can be taken away."

    def handle(self, *args: Any, **options: Any) -> None:
        for kind, rewrap in sorted(secrets.rewrappers.items()):
            try:
                moved = rewrap()
            except secrets.CannotOpen as error:
                raise CommandError(f"{kind}: {error}. Nothing of this kind was changed.") from error
            self.stdout.write(f"{kind}: {moved} moved")
        self.stdout.write("Everything is under the first key. The others can be taken away.")
