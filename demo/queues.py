"""Give the guide's company two queues that people work in: agents, calls of a week, and some to call back."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Customer, Employee
from telephony.models import Extension, PauseReason, Queue, QueueCall, QueueMember, Strategy
from telephony.models.queues import CallState, QueueOutcome, SetBy

# Name, local number, strategy, and who takes the calls: signed in, at lunch, or out.
QUEUES = (
    (
        "Salg",
        "230",
        Strategy.LONGEST_IDLE,
        {"Mette Hansen": "in", "Jonas Nygaard": "in", "Maria Overgaard": "lunch", "Niels Poulsen": "out"},
    ),
    (
        "Support",
        "240",
        Strategy.RING_ALL,
        {"Mette Hansen": "out", "Line Mark": "in", "Anders Bach": "in", "Tobias Friis": "out"},
    ),
)
CALLERS = ("+4522334455", "+4540506070", "+4533112244", "+4528192837", "+46701740605")
DAYS, BUSIEST = 7, 9
# What agents were on when a call came that they had no part in, and why they had a pause.
ON = (("in_call", ""), ("paused", "lunch"), ("rests", ""), ("offline", ""), ("out", ""), ("dnd", ""))


def seed_queues(actor: Actor, customer: Customer, people: Mapping[str, Employee]) -> None:
    """Make the queues of a company that never had one."""
    if Queue.objects.visible_to(actor).filter(customer=customer).exists():
        return
    now = clock.now()
    for name, number, strategy, agents in QUEUES:
        if Extension.objects.visible_to(actor).filter(customer=customer, number=number).exists():
            continue
        extension = Extension(customer=customer, number=number)
        extension.save()
        queue = Queue(customer=customer, name=name, extension=extension, strategy=strategy)
        queue.save()
        members = {who: how for who, how in agents.items() if who in people}
        QueueMember.objects.bulk_create(
            QueueMember(
                customer=customer,
                queue=queue,
                employee=people[who],
                is_signed_in=how != "out",
                set_by=SetBy.HAND,
                set_at=now,
                paused_at=now if how == "lunch" else None,
                pause_reason=PauseReason.LUNCH if how == "lunch" else "",
            )
            for who, how in members.items()
        )
        QueueCall.objects.bulk_create(_calls(queue, [people[who] for who in members], now))


def _calls(queue: Queue, agents: list[Employee], now: dt.datetime) -> Iterator[QueueCall]:
    """Yield a week of calls; those in vain are called back but for the latest."""
    chance = random.Random(queue.name)  # noqa: S311 - the same week in every demo
    for day in range(DAYS):
        for number in range(chance.randint(4, BUSIEST)):
            hours = 24 * day + chance.random() * 9
            came = now - dt.timedelta(hours=hours, minutes=number)
            outcome = chance.choices(
                (QueueOutcome.ANSWERED, QueueOutcome.ABANDONED, QueueOutcome.WAITED), (8, 2, 1)
            )[0]
            waits = {
                QueueOutcome.ANSWERED: chance.randint(3, 36),
                QueueOutcome.ABANDONED: chance.randint(20, 120),
                QueueOutcome.WAITED: queue.max_wait_seconds,
            }
            waited = dt.timedelta(seconds=waits[outcome])
            talked = dt.timedelta(seconds=chance.randint(30, 400))
            is_answered = outcome == QueueOutcome.ANSWERED
            agent = chance.choice(agents)
            settled = not is_answered and day > 0
            yield QueueCall(
                customer_id=queue.customer_id,
                queue=queue,
                call_id=f"demo-{queue.pk}-{day}-{number}",
                t_index=0,
                t_label=0,
                caller=chance.choice(CALLERS),
                state=CallState.ENDED,
                outcome=outcome,
                entered_at=came,
                answered_at=came + waited if is_answered else None,
                answered_by=agent if is_answered else None,
                left_out=_left_out(agents, agent if is_answered else None, chance=random.Random(str(came))),  # noqa: S311
                ended_at=came + waited + (talked if is_answered else dt.timedelta()),
                done_at=came + dt.timedelta(hours=1) if settled else None,
                done_by=agent if settled else None,
                done_how="reached" if settled else "",
            )


def _left_out(
    agents: list[Employee], taker: Employee | None, *, chance: random.Random
) -> list[tuple[int, str, str]]:
    """Return what each agent was on when a call came, as switch.queue_left_out does; nobody else was free."""
    return [(agent.pk, "", "") if agent == taker else (agent.pk, *chance.choice(ON)) for agent in agents]
