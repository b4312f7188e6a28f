"""Read who has said what of the contacts in the old Skype (G11)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject
from django.utils.dateparse import parse_datetime

from billing.selectors import without_skype
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from provisioning.models import Answer, ContactsAnswer, ContactsRound, Setup, StageConfirmation


@dataclass(frozen=True, slots=True)
class Round:
    """The latest time that the mail was sent, and by whom."""

    number: int
    name: str
    at: dt.datetime
    people: int


@dataclass(frozen=True, slots=True)
class Moving:
    """How far the employees are: how many answered what, and when they were asked last."""

    exported: int
    none: int
    round: Round | None

    @property
    def answered(self) -> int:
        return self.exported + self.none

    @property
    def next_round(self) -> int:
        return self.round.number + 1 if self.round else 1


def moving(*, actor: Actor, setup: Setup) -> Moving:
    """Return how far the employees of a setup are; one query."""
    answers = ContactsAnswer.objects.visible_to(actor).filter(
        ~Exists(without_skype(actor).filter(employee=OuterRef("employee"))),
        setup=OuterRef("pk"),
        employee__ended_at=None,
    )
    rounds = ContactsRound.objects.visible_to(actor).filter(setup=OuterRef("pk")).order_by("-number")

    def number(answer: Answer) -> Coalesce:
        counted = answers.filter(answer=answer).order_by().values("setup").annotate(number=Count("pk"))
        return Coalesce(Subquery(counted.values("number")), Value(0))

    found: Mapping[str, Any] = (
        Setup.objects.visible_to(actor)
        .filter(pk=setup.pk)
        .values(
            exported=number(Answer.EXPORTED),
            none=number(Answer.NONE),
            round=Subquery(
                rounds.values(
                    json=JSONObject(number="number", name="sent_by_name", at="sent_at", people="people")
                )[:1]
            ),
        )
        .get()
    )
    last = found["round"]
    if last is not None:
        at = parse_datetime(last["at"])
        assert at is not None
        last = Round(last["number"], last["name"], at, last["people"])
    return Moving(found["exported"], found["none"], last)


def employees_with_answer(*, actor: Actor, setup: Setup) -> QuerySet[Employee]:
    """List who is to have Skype with answer and answered_at, both None for who has said nothing; they come first."""
    answer = ContactsAnswer.objects.visible_to(actor).filter(setup=setup, employee=OuterRef("pk"))
    rows: QuerySet[Employee] = (
        Employee.objects.visible_to(actor)
        .filter(_to_have_skype(actor), customer_id=setup.customer_id, ended_at=None)
        .annotate(
            answer=Subquery(answer.values("answer")[:1]),
            answered_at=Subquery(answer.values("answered_at")[:1]),
        )
        .order_by(F("answered_at").desc(nulls_first=True), "name", "pk")
    )
    return rows


def unanswered(*, actor: Actor, setup: Setup) -> QuerySet[Employee]:
    """Return the employees who are to have Skype and have said nothing yet."""
    given = ContactsAnswer.objects.visible_to(actor).filter(setup=setup, employee=OuterRef("pk"))
    rows: QuerySet[Employee] = Employee.objects.visible_to(actor).filter(
        ~Exists(given), _to_have_skype(actor), customer_id=setup.customer_id, ended_at=None
    )
    return rows.order_by("name", "pk")


def _to_have_skype(actor: Actor) -> Any:
    return ~Exists(without_skype(actor).filter(employee=OuterRef("pk")))


@dataclass(frozen=True, slots=True)
class MyMove:
    """What an employee is asked: the setup, and what was answered."""

    setup: Setup
    company: str
    answer: str
    answered_at: dt.datetime | None


def with_my_answer(actor: Actor, setups: QuerySet[Setup]) -> QuerySet[Setup]:
    """Annotate setups with what the actor has answered, and whether the old Skype is gone with its contacts."""
    mine = ContactsAnswer.objects.visible_to(actor).filter(setup=OuterRef("pk"), employee=actor.employee_id)
    gone = StageConfirmation.objects.visible_to(actor).filter(
        setup=OuterRef("pk"), stage="deactivation", reopened_at=None
    )
    return setups.annotate(
        answer=Subquery(mine.values("answer")[:1]),
        answered_at=Subquery(mine.values("answered_at")[:1]),
        contacts_gone=Exists(gone),
    )


def asking_setups(actor: Actor) -> QuerySet[Setup]:
    """Return the setups of the actor's company whose old Skype still holds contacts, so that an answer matters."""
    rows: QuerySet[Setup] = (
        Setup.objects.visible_to(actor)
        .filter(customer_id=actor.customer_id, ended_at=None, order__had_skype=True)
        .exclude(
            Exists(
                StageConfirmation.objects.visible_to(actor).filter(
                    setup=OuterRef("pk"), stage="deactivation", reopened_at=None
                )
            )
        )
    )
    return rows


def my_move(actor: Actor) -> MyMove | None:
    """Return what the actor is asked about contacts in the old Skype; None where the company had none."""
    setups = Setup.objects.visible_to(actor).filter(
        customer_id=actor.customer_id, ended_at=None, order__had_skype=True
    )
    rows: QuerySet[Any] = with_my_answer(actor, setups).select_related("customer")
    # Of several domains, one where the question is open.
    setup: Any = rows.order_by("contacts_gone", F("answered_at").asc(nulls_first=True), "pk").first()
    if setup is None:
        return None
    return MyMove(setup, setup.customer.name, setup.answer or "", setup.answered_at)
