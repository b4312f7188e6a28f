"""Read who did what when on the way of a customer's setup."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Case, CharField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Substr

from myfone.accounts.models import User
from myfone.kernel.models import AuditEntry
from myfone.tenancy.actor import Actor
from provisioning import history_texts
from provisioning.models import Certificate
from provisioning.rules.stages import StageName
from provisioning.selectors.setups import Standing

MOST = 200
# The name behind an entry whose doer is a user; CASE keeps other doers from the cast.
_BY = Case(
    When(
        actor__regex=r"^user:\d+$",
        then=Subquery(
            User.objects.filter(pk=Cast(Substr(OuterRef("actor"), 6), BigIntegerField())).values("name")
        ),
    ),
    default=Value(""),
    output_field=CharField(),
)


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that was done; name is empty where Myfone did it by itself."""

    at: dt.datetime
    name: str
    stage: StageName
    text: str


def _of_other_domains(standing: Standing) -> Q:
    """Return what was done to the customer's other domains: to their order or setup, or with their name."""
    setups = [setup for one in standing.others if (setup := getattr(one, "setup", None)) is not None]
    ids = [str(one.public_id) for one in (*standing.others, *setups)]
    names = [one.domain for one in standing.others]
    return Q(object_id__in=ids) | Q(details__has_key="domain", details__domain__in=names)


def _of_other_certificates(actor: Actor, standing: Standing) -> Q:
    """Return what was done to certificates that are not this domain's."""
    own = Certificate.objects.visible_to(actor).filter(setup=standing.setup).order_by()
    ids = own.annotate(text=Cast("public_id", CharField())).values("text")
    return Q(action__startswith="certificate.") & ~Q(object_id__in=ids)


def history(
    *,
    actor: Actor,
    standing: Standing,
    licences: Mapping[str, str],
    stage: StageName | None = None,
    most: int = MOST,
) -> list[Happened]:
    """Return what was done to the customer's setup, the latest first; of one stage if that is named. One query.

    standing is proof that the actor may see the customer. licences are names by code.
    """
    known = Q(action__in=history_texts.ACTIONS)
    if stage is not None:
        known = Q(action__in=history_texts.actions_of(stage)) | Q(
            action__in=("stage.confirmed", "stage.reopened"), details__stage=stage.value
        )
    entries: list[Any] = list(
        AuditEntry.objects.filter(known, customer_id=standing.customer.pk)
        .exclude(_of_other_domains(standing))
        .exclude(_of_other_certificates(actor, standing))
        .annotate(by=_BY)
        .only("at", "id", "actor", "action", "details")
        .order_by("-at", "-id")[:most]
    )
    return [
        Happened(
            at=entry.at,
            name=entry.by or "",
            stage=history_texts.stage_of(entry.action, entry.details),
            text=history_texts.sentence(entry.action, entry.details, licences),
        )
        for entry in entries
    ]
