"""Share out who calls back those whom a queue missed (G27)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from myfone.tenancy.actor import SEES_COLLEAGUES, Actor, NotAllowed
from telephony.models import DoneHow, QueueCall, QueueMember
from telephony.models.queues import MISSED


@transaction.atomic
def take(*, actor: Actor, call: QueueCall, at: dt.datetime) -> bool:
    """Say that one will call back; return whether nobody else had said so. Raises NotAllowed."""
    rows = _to_do(actor, call)
    if rows.exclude(taken_at=None).exclude(taken_by_id=actor.employee_id).exists():
        return False
    rows.filter(taken_at=None).update(taken_by_id=actor.employee_id, taken_at=at)
    return bool(rows.filter(taken_by_id=actor.employee_id).exists())


@transaction.atomic
def release(*, actor: Actor, call: QueueCall) -> bool:
    """Leave a missed call to the others again; return whether it was one's own. Raises NotAllowed."""
    return bool(
        _to_do(actor, call).filter(taken_by_id=actor.employee_id).update(taken_by=None, taken_at=None)
    )


@transaction.atomic
def finish(*, actor: Actor, call: QueueCall, at: dt.datetime) -> bool:
    """Mark a missed call as done; return whether it was not. Raises NotAllowed."""
    return bool(
        _to_do(actor, call).update(done_at=at, done_by_id=actor.employee_id, done_how=DoneHow.HAND.value)
    )


def _to_do(actor: Actor, call: QueueCall):  # type: ignore[no-untyped-def]
    """Return what is still to be done about a missed caller: who called in vain three times is called back once."""
    held = QueueCall.objects.visible_to(actor).filter(pk=call.pk, customer_id=actor.customer_id).first()
    if held is None:
        return QueueCall.objects.visible_to(actor).none()
    members = QueueMember.objects.visible_to(actor).filter(
        queue_id=held.queue_id, employee_id=actor.employee_id
    )
    if actor.role not in SEES_COLLEAGUES and not members.exists():
        raise NotAllowed(_("Only those who take the calls of this queue can do this."))
    same = Q(pk=held.pk)
    if held.caller not in ("", "anonymous"):
        same |= Q(queue_id=held.queue_id, caller=held.caller)
    return QueueCall.objects.visible_to(actor).filter(
        same, customer_id=held.customer_id, ended_at__isnull=False, done_at=None, outcome__in=MISSED
    )
