"""Take back forwards that were set by a code, and tell of them: a phone may be anybody's for a moment (G29)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from myfone.accounts.selectors import reader
from myfone.kernel import audit, outbox
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Employee
from telephony.models import Forward, ForwardNote
from telephony.rules.numbers import international

JOB = "telephony.forwards_dialled"
PAUSE = dt.timedelta(minutes=1)
MOST_AT_ONCE = 200
SET, STOPPED = "forward.set", "forward.stopped"


@transaction.atomic
def stop(*, actor: Actor, employee: Employee, number: str = "") -> bool:
    """Let an employee's calls ring as the ring profile says again; return whether they were forwarded.

    With a number only a forward to that number is taken back: another was not seen by whoever stops it.
    """
    rows = (
        Forward.objects.visible_to(actor)
        .select_for_update(of=("self",), no_key=True)
        .filter(employee=employee)
    )
    held = rows.filter(number=number).first() if number else rows.first()
    if held is None:
        return False
    gone = Forward.objects.visible_to(actor).filter(pk=held.pk)
    gone._raw_delete(gone.db)
    audit.record(actor=actor, action=STOPPED, object=employee, number=held.number)
    return True


def tell(*, at: dt.datetime) -> int:
    """Write the audit of what was dialled, and promise each employee a mail of the latest forward; return how many.

    A forward that was taken back in the meantime is told of too.
    """
    mails: dict[int, ForwardNote] = {}
    with tenant(Actor.platform(doing="forwards_dialled")) as actor, transaction.atomic():
        notes = list(
            ForwardNote.objects.visible_to(actor)
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .select_related("employee", "phone__sip_domain")
            .filter(told_at=None)
            .order_by("at", "pk")[:MOST_AT_ONCE]
        )
        for note in notes:
            audit.record(
                actor=Actor.system(note.customer_id, doing="code"),
                action=SET if note.number else STOPPED,
                object=note.employee,
                number=note.number,
                phone=str(note.phone),
                at=note.at,
            )
            if note.number:
                mails[note.employee_id] = note
        for employee_id, note in mails.items():
            to = reader(employee_id)
            if to is None:
                continue
            outbox.send(
                key=f"forward_dialled:{note.pk}",
                to=to.email,
                template="forward_dialled",
                language=to.language,
                params={
                    "name": to.name,
                    "number": international(note.number) if note.number.startswith("+") else note.number,
                    "phone": str(note.phone),
                    "at": note.at.isoformat(),
                },
                customer_id=note.customer_id,
            )
        ForwardNote.objects.visible_to(actor).filter(pk__in=[note.pk for note in notes]).update(told_at=at)
    return len(mails)
