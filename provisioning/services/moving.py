"""Ask employees to export their contacts, and take what they answer (G11). No mail is tracked."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from myfone.accounts.models import Membership
from myfone.accounts.selectors import name_of
from myfone.kernel import audit, jobs, outbox
from myfone.kernel.models import OutboxMail
from myfone.tenancy.actor import Actor, NotAllowed
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Customer
from provisioning.models import Answer, ContactsAnswer, ContactsRound, Order, Setup
from provisioning.rules.stages import Obstacle, StageName, obstacle
from provisioning.selectors.moving import asking_setups, my_move, unanswered
from provisioning.selectors.setups import find
from provisioning.services.customers import staff_alone
from provisioning.services.setup import StageClosed

JOB = "provisioning.contacts_round"
TEMPLATE = "contacts_export"
MAILS_AT_ONCE = 200
PAUSE = dt.timedelta(hours=1)
MOST_ROUNDS = 20


class MailRefused(Exception):
    """The mail was not sent; the text says why."""


@transaction.atomic
def mail_everybody(
    *, actor: Actor, customer: Customer, number: int, at: dt.datetime, setup: Setup | None = None
) -> ContactsRound:
    """Promise the mail to every employee who has not answered; the same round is sent once.

    number is the round that the person saw as the next; setup says for which of several domains. Raises MailRefused,
    StageClosed, SeveralDomains, NotAllowed.
    """
    staff_alone(actor)
    try:
        standing = find(actor=actor, customer_public_id=customer.public_id, setup=setup)
    except Order.DoesNotExist as error:
        raise StageClosed(Obstacle.NOT_ORDERED) from error
    reason = obstacle(StageName.CONTACTS, standing.progress)
    if reason is not None or standing.setup is None:
        raise StageClosed(reason)  # type: ignore[arg-type]
    setup = standing.setup
    if standing.order is not None and not standing.order.had_skype:
        raise MailRefused(_("The company does not use Skype today, so there is nothing to export."))
    rounds = ContactsRound.objects.visible_to(actor).filter(setup=setup)
    held: ContactsRound | None = rounds.filter(number=number).first()
    if held is not None:
        return held
    last: ContactsRound | None = rounds.order_by("-number").first()
    if number != (last.number + 1 if last else 1) or number > MOST_ROUNDS:
        raise MailRefused(_("The mail was sent meanwhile. Look again before you send it once more."))
    if last is not None and at < last.sent_at + PAUSE:
        again = timezone.localtime(last.sent_at + PAUSE)
        text = _("The mail was sent less than an hour ago. You can send it again at %(time)s.")
        raise MailRefused(text % {"time": f"{again:%H:%M}"})
    people = unanswered(actor=actor, setup=setup).count()
    if not people:
        raise MailRefused(_("Every employee has answered."))
    made = ContactsRound(
        customer_id=customer.pk,
        setup=setup,
        number=number,
        sent_by=actor.id,
        sent_by_name=name_of(actor),
        sent_at=at,
        people=people,
    )
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        stands: ContactsRound = rounds.get(number=number)
        return stands
    audit.record(actor=actor, action="contacts.asked_for", object=setup, round=number, people=people)
    jobs.enqueue(JOB, key=f"contacts-round:{made.pk}", customer_id=customer.pk, round=made.pk)
    return made


def send_some(*, round_id: int, customer_id: int) -> bool:
    """Promise the next mails of a round, each in its reader's language; return whether some are left."""
    with tenant(Actor.system(customer_id, doing="contacts_round")) as actor:
        held: ContactsRound = (
            ContactsRound.objects.visible_to(actor)
            .select_related("setup", "customer__reseller")
            .get(pk=round_id)
        )
        prefix = f"contacts-export:{held.setup_id}:{held.number}:"
        sent = set(
            OutboxMail.objects.filter(
                customer_id=customer_id, template=TEMPLATE, key__startswith=prefix
            ).values_list("key", flat=True)
        )
        waiting = unanswered(actor=actor, setup=held.setup).filter(created_at__lte=held.sent_at)
        left = [person for person in waiting if f"{prefix}{person.pk}" not in sent]
        now = left[:MAILS_AT_ONCE]
        languages = dict(
            Membership.objects.filter(employee_id__in=[person.pk for person in now]).values_list(
                "employee_id", "user__language"
            )
        )
        for person in now:
            outbox.send(
                key=f"{prefix}{person.pk}",
                to=person.email,
                template=TEMPLATE,
                language=languages.get(person.pk, "da"),
                params=mail_params(held.customer) | {"name": person.name},
                customer_id=customer_id,
            )
    return len(left) > MAILS_AT_ONCE


def mail_params(customer: Customer) -> dict[str, str]:
    """Return what the mail to employees says of their company; the same for the draft that one downloads."""
    return {"company": customer.name, "support_phone": customer.reseller.support_phone, "name": ""}


@transaction.atomic
def answer(*, actor: Actor, said: Answer, at: dt.datetime) -> Setup:
    """Take what an employee says of their contacts; a later answer takes the place of an earlier one."""
    if actor.employee_id is None or actor.customer_id is None:
        raise NotAllowed(_("Employees answer for themselves."))
    mine = my_move(actor)
    if mine is None:
        raise NotAllowed(_("Your company has no contacts to move."))
    # The old Skype is one, whichever of the company's domains are moved just now.
    asking = [mine.setup.pk, *asking_setups(actor).exclude(pk=mine.setup.pk).values_list("pk", flat=True)]
    ContactsAnswer.objects.bulk_create(
        [
            ContactsAnswer(
                customer_id=actor.customer_id,
                employee_id=actor.employee_id,
                setup_id=setup_id,
                answer=said,
                answered_at=at,
            )
            for setup_id in asking
        ],
        update_conflicts=True,
        unique_fields=["setup", "employee"],
        update_fields=["answer", "answered_at"],
    )
    audit.record(actor=actor, action="contacts.answered", object=mine.setup, answer=said.value)
    return mine.setup
