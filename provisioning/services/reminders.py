"""Remind employees of connecting to Skype for Business: those who are invited, and those who only have to begin."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from myfone.accounts import invitations
from myfone.accounts.selectors import reader
from myfone.kernel import audit, clock, jobs, outbox
from myfone.tenancy.actor import Actor, NotAllowed, Role
from myfone.tenancy.models import Customer, Employee
from provisioning.models import Reminder
from provisioning.rules.people import REMINDED, PersonState
from provisioning.selectors.people import Filters, open_customers, people

JOB = "provisioning.reminders"
MAILS_AT_ONCE = 200


@dataclass(frozen=True)
class Reminded:
    """What became of a wish to remind, in numbers of people.

    already were reminded on the same date; closed have a user, but their company's domain is not in use yet.
    """

    promised: int
    already: int
    closed: int


@transaction.atomic
def remind(
    *, actor: Actor, wanted: Filters, chosen: Collection[uuid.UUID] | None, at: dt.datetime
) -> Reminded:
    """Promise a mail to the chosen people, None: to all that the filters leave; each at most once a day.

    Connected people, and those without a user, are passed over. Raises NotAllowed.
    """
    if actor.role is not Role.CUSTOMER_ADMINISTRATOR and not actor.is_staff:
        raise NotAllowed(_("Your company's administrator decides this."))
    rows = people(actor, wanted).filter(state__in=[state.value for state in REMINDED])
    if chosen is not None:
        rows = rows.filter(public_id__in=chosen)
    found = list(rows.values_list("pk", "customer_id", "state"))
    ready = open_customers(actor, {customer for _pk, customer, _state in found})
    due = {pk: customer for pk, customer, state in found if state == PersonState.INVITED or customer in ready}
    today = clock.local_date(at)
    reminded = Reminder.objects.visible_to(actor).filter(employee_id__in=due, sent_on=today)
    already = set(reminded.values_list("employee_id", flat=True))
    new = {pk: customer for pk, customer in due.items() if pk not in already}
    # Two browsers at once: whoever comes second finds the rows there, and no mail goes twice.
    Reminder.objects.bulk_create(
        [
            Reminder(customer_id=customer, employee_id=pk, sent_on=today, asked_by=actor.id)
            for pk, customer in new.items()
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
    for customer in Customer.objects.visible_to(actor).filter(pk__in=set(new.values())):
        audit.record(
            actor=actor,
            action="employees.reminded",
            object=customer,
            customer_id=customer.pk,
            employees=sum(1 for one in new.values() if one == customer.pk),
        )
        jobs.enqueue(JOB, key=f"reminders:{customer.pk}:{uuid.uuid4()}", customer_id=customer.pk)
    return Reminded(promised=len(new), already=len(already), closed=len(found) - len(due))


def mail(*, actor: Actor, customer_id: int, at: dt.datetime) -> bool:
    """Put the next mails of a customer's reminders into the outbox; return whether there are more.

    Who has connected meanwhile gets none.
    """
    waiting = Reminder.objects.visible_to(actor).filter(customer_id=customer_id, mailed_at=None)
    batch = list(waiting.select_for_update(of=("self",), skip_locked=True).order_by("pk")[:MAILS_AT_ONCE])
    ids = [one.employee_id for one in batch]
    states: Mapping[int, str] = dict(people(actor, Filters()).filter(pk__in=ids).values_list("pk", "state"))
    employees = Employee.objects.visible_to(actor).in_bulk(ids)
    customer = Customer.objects.visible_to(actor).get(pk=customer_id)
    for one in batch:
        state = states.get(one.employee_id)
        if state == PersonState.INVITED:
            occasion = one.sent_on.isoformat()
            invitations.remind(employees[one.employee_id], company=customer.name, again=occasion)
        elif state == PersonState.WAITING and (to := reader(one.employee_id)) is not None:
            outbox.send(
                key=f"skype-waiting:{one.employee_id}:{one.sent_on}",
                to=to.email,
                template="skype_waiting",
                language=to.language,
                params={"name": to.name, "company": customer.name},
                customer_id=customer_id,
            )
    Reminder.objects.visible_to(actor).filter(pk__in=[one.pk for one in batch]).update(mailed_at=at)
    return len(batch) == MAILS_AT_ONCE
