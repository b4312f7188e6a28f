"""Say in templates when a certificate is made."""

from __future__ import annotations

import datetime as dt

from django import template

from myfone.kernel import clock
from provisioning.certificate_texts import moment
from provisioning.rules.certificate_plan import next_run

register = template.Library()


@register.filter
def certificate_moment(run: dt.datetime | str | None, at: dt.datetime | None = None) -> str:
    """Say when a certificate is begun: an instant, or its text in a mail; without one, when the night next looks."""
    at = at or clock.now()
    if not run:
        return moment(next_run(at), at)
    return moment(dt.datetime.fromisoformat(run) if isinstance(run, str) else run, at)
