"""Check the DNS records of a domain from the command line."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from provisioning.dns_texts import found_text, sentence
from provisioning.rules.dns_verdict import Decision, Verdict
from provisioning.rules.names import BadName
from provisioning.services.dns_look import look_at

EXIT = {Decision.APPROVED: 0, Decision.NOT_YET: 1, Decision.UNKNOWN: 2}


class Command(BaseCommand):
    help = "Ask the name servers of DOMAIN for its records. Exit: 0 approved, 1 not yet, 2 unknown."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("domain")
        parser.add_argument("--json", action="store_true", help="print the verdict as it is stored")

    def handle(self, *args: Any, domain: str, json: bool, **options: Any) -> None:
        try:
            verdict = look_at(domain)
        except BadName as error:
            raise CommandError(f"{domain} is not a domain name", returncode=64) from error
        self.stdout.write(_as_json(verdict) if json else _as_text(verdict))
        self.stdout.flush()
        if EXIT[verdict.decision]:
            sys.exit(EXIT[verdict.decision])


def _as_json(verdict: Verdict) -> str:
    return json.dumps(verdict.as_data(), indent=2, ensure_ascii=False)


def _as_text(verdict: Verdict) -> str:
    lines = [f"{verdict.domain}: {verdict.decision} ({verdict.right}/{len(verdict.records)})"]
    for judged in verdict.records:
        data = judged.as_data()
        lines.append(f"  {judged.record.type} {judged.record.name}: {found_text(data)}")
        lines += [f"      {sentence(finding)}" for finding in judged.findings]
    lines += [f"  {sentence(finding)}" for finding in (*verdict.leftovers, *verdict.notes)]
    return "\n".join(lines)
