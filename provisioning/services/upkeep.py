"""Look at domains in use every hour, and tell people when one no longer points at us, and when it does again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from myfone.accounts.selectors import people_behind
from myfone.kernel import audit, clock, jobs, outbox
from myfone.kernel.gateways import GatewayError
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.models import Setup, Upkeep
from provisioning.rules.dns_verdict import Verdict
from provisioning.rules.upkeep import (
    BY_HAND,
    LEASE,
    Course,
    News,
    Seen,
    next_look,
    own_minute,
    seen,
    weigh,
)

JOB = "provisioning.upkeep"
OPEN = "provisioning.upkeep_opened"
# So many domains at a time: each may take most of a minute where servers are silent, and a job's lease is 90 seconds.
AT_ONCE = 8
PAUSE = dt.timedelta(seconds=15)
MAILS = {News.BROKEN: "domain_broken", News.MENDED: "domain_mended"}


class LookedJustNow(Exception):
    """The last look is so fresh that another would say the same, or one is under way."""

    message = _("We checked a moment ago. Try again in a few seconds.")


class NotInUse(Exception):
    """The domain is not in use: the first setup has its own check."""

    message = _("The domain is not in use.")


@dataclass(frozen=True, slots=True)
class Turn:
    """A right to look at a domain, held by one worker until `lease`."""

    upkeep_id: int
    customer_id: int
    domain: str
    lease: dt.datetime


def begin(*, actor: Actor, setup: Setup, at: dt.datetime) -> Upkeep:
    """Look at the domain regularly from now on; said twice, the first stands."""
    row, _made = Upkeep.objects.visible_to(actor).get_or_create(
        setup=setup, defaults={"customer_id": setup.customer_id, "next_at": own_minute(setup.domain, at)}
    )
    found: Upkeep = row
    return found


def open_missing(*, at: dt.datetime) -> int:
    """Begin with domains in use that nobody looks at, as after an update of the platform; return how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT provisioning_open_upkeep(%s)", [at])
        return int(cursor.fetchone()[0])


def look_now(*, actor: Actor, setup: Setup, at: dt.datetime) -> None:
    """Have the domain looked at at once. Raises NotInUse and LookedJustNow."""
    if setup.live_at is None or setup.ended_at is not None:
        raise NotInUse
    with transaction.atomic():
        row = begin(actor=actor, setup=setup, at=at)
        free = Q(taken_until=None) | Q(taken_until__lt=at)
        rested = Q(looked_at=None) | Q(looked_at__lte=at - BY_HAND)
        if not Upkeep.objects.visible_to(actor).filter(free, rested, pk=row.pk).update(next_at=at):
            raise LookedJustNow
        jobs.hurry(key=f"{JOB}:{clock.local_date(at)}", at=at)


def take(*, at: dt.datetime) -> list[Turn]:
    """Claim the domains whose look is due, some at a time."""
    lease = at + LEASE
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT upkeep_id, customer_id, domain FROM provisioning_take_upkeep(%s, %s, %s)",
            [at, lease, AT_ONCE],
        )
        taken = cursor.fetchall()
    return [Turn(upkeep, customer, domain, lease) for upkeep, customer, domain in taken]


def round_of_looks(*, look_at: Callable[[str], Verdict]) -> bool:
    """Look at what is due, several domains at once; return whether there is more. Outside every transaction."""
    turns = take(at=clock.now())

    def look(turn: Turn) -> Verdict | None:
        try:
            return look_at(turn.domain)
        except GatewayError:
            # The shared host is busy, or our own resolver away: neither says anything of the domain.
            return None

    if turns:
        with ThreadPoolExecutor(len(turns)) as pool:
            for turn, verdict in zip(turns, pool.map(look, turns), strict=True):
                report(turn=turn, verdict=verdict, at=clock.now())
    return len(turns) == AT_ONCE


def report(*, turn: Turn, verdict: Verdict | None, at: dt.datetime) -> None:
    """Write down what a look saw, None where there was none, and promise mails where the domain breaks or is mended.

    A worker whose claim has run out changes nothing: somebody else has looked since.
    """
    actor = Actor.system(turn.customer_id, doing="upkeep")
    saw = Seen.UNKNOWN if verdict is None else seen(verdict.decision)
    with tenant(actor):
        rows = Upkeep.objects.visible_to(actor).filter(pk=turn.upkeep_id, taken_until=turn.lease)
        row = rows.select_for_update(of=("self",)).select_related("setup__order").first()
        if row is None:
            return
        before = Course(row.doubted_at, row.broken_at)
        course, news = weigh(before, saw, at)
        changes: dict[str, object] = {
            "next_at": next_look(course, saw, key=row.setup.domain, at=at),
            "taken_until": None,
            "looked_at": at,
            "doubted_at": course.doubted_at,
            "broken_at": course.broken_at,
        }
        if verdict is not None and (saw is not Seen.UNKNOWN or row.verdict is None):
            changes |= {"verdict": verdict.as_data(), "told_at": at}
        rows.update(**changes)
        if news is not None and verdict is not None and row.setup.ended_at is None:
            began = course.broken_at or before.broken_at
            audit.record(actor=actor, action=f"domain.{news}", object=row.setup, domain=row.setup.domain)
            _tell(actor, row.setup, news, verdict, key=f"{began:%Y%m%dT%H%M%S}")


def _tell(actor: Actor, setup: Setup, news: News, verdict: Verdict, *, key: str) -> None:
    """Promise one mail each to the reseller's staff, to the administrators, and to who got the report of the setup."""
    everybody = people_behind(actor=actor, customer_id=setup.customer_id)
    staff = {
        one.user_id for one in people_behind(actor=actor, customer_id=setup.customer_id, administrators=False)
    }
    readers = [(one.name, one.email, one.language, one.user_id in staff) for one in everybody]
    if setup.report_email and setup.report_email.casefold() not in {
        one.email.casefold() for one in everybody
    }:
        readers.append((setup.report_name, setup.report_email, setup.report_language, True))
    template = MAILS[news]
    for name, email, language, is_staff in readers:
        outbox.send(
            key=f"{template}:{setup.public_id}:{key}:{email}",
            to=email,
            template=template,
            language=language,
            params={
                "name": name,
                "domain": setup.domain,
                "setup": str(setup.public_id),
                "staff": is_staff,
                "verdict": verdict.as_data(),
            },
            customer_id=setup.customer_id,
        )
