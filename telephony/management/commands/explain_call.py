"""Print what a call would ring, when and why: what the switch itself would be told."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, localtime, make_aware

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant, wall_clock
from telephony.selectors.profiles import preview, time_zone


class Command(BaseCommand):
    help = "Say what a call rings. CALLER is a user name or local number at DOMAIN, or a number from outside."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("domain")
        parser.add_argument("caller")
        parser.add_argument("dialled")
        parser.add_argument(
            "--at",
            help="a time such as 2026-11-23T10:15 by the company's clock; registrations are those of now",
        )
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, domain: str, caller: str, dialled: str, **options: Any) -> None:
        at = clock.now()
        with tenant(Actor.platform(doing="explain_call")), wall_clock(time_zone(domain)):
            if options["at"]:
                given = parse_datetime(options["at"])
                if given is None:
                    raise CommandError(f"{options['at']} is not a time. Write it as 2026-11-23T10:15.")
                at = make_aware(given) if is_naive(given) else given
            rows = preview(domain, caller, dialled, at)
            here = localtime(at)
        if not rows:
            raise CommandError(f"The switch serves no domain {domain}.")
        if options["as_json"]:
            self.stdout.write(json.dumps([asdict(row) for row in rows]))
            return
        self.stdout.write(f"{here:%Y-%m-%d %H:%M} {here.tzinfo}")
        for row in rows:
            after = f" then {row.if_unanswered or 'the end'}, busy {row.if_busy or 'the end'}"
            rings = f" {row.seconds} s{after}" if row.kind in ("phone", "trunk") else ""
            if row.kind == "queue":
                rings = f" waits {row.seconds} s at most{after}"
            self.stdout.write(f"{row.step:3} {row.kind:5} {row.uri}{rings}  ({row.why})")
