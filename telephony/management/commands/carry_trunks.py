"""Bring the trunks with TLS to the HAProxy that calls leave through; a job does it whenever one is changed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from myfone.kernel.gateways import GatewayError, gateway
from telephony.services import trunks


class Command(BaseCommand):
    help = "Write what HAProxy reads of trunks with TLS, and have it read that."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--write",
            action="store_true",
            help="write it alone: HAProxy is about to start and reads it itself",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["write"]:
                gateway("trunkfront").write(trunks.lines())
                changed = True
            else:
                changed = trunks.carry()
        except GatewayError as error:
            raise CommandError(error.message) from error
        names = ", ".join(f"{line.gateway} ({line.checked_name})" for line in trunks.lines()) or "none"
        self.stdout.write(f"{'Now' if changed else 'Already'} with TLS: {names}.")
