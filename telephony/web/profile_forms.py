"""What somebody typed into the editor of a ring profile: kept as typed, read as a draft."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.dateparse import parse_time
from django.utils.translation import gettext as _

from telephony.models import Callers, HandState, Situation
from telephony.rules import presence
from telephony.rules.numbers import EMERGENCY, e164, shown
from telephony.rules.profiles import LONGEST_STEP, SHORTEST_STEP, Draft, MemberDraft, StepDraft, Target
from telephony.selectors.profile_editor import Known, OwnPhone, Person

MOST_STEPS, MOST_OTHERS = 10, 10
NEW_SECONDS = 20
#: In the order in which a call meets them.
SITUATIONS = (Situation.NO_ANSWER, Situation.BUSY, Situation.OFFLINE, Situation.ALWAYS)
END, TO = "end", "to"


@dataclass
class TypedStep:
    """A step as typed: seconds, the ids of ticked phones, and names and numbers of others."""

    seconds: str = str(NEW_SECONDS)
    phones: set[int] = field(default_factory=set)
    others: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def length(self) -> int:
        """Seconds as far as they can be drawn."""
        whole = int(self.seconds) if self.seconds.isdecimal() and len(self.seconds) < 4 else 0
        return min(max(whole, 0), LONGEST_STEP)


@dataclass
class TypedTarget:
    """Where calls go in a situation, as typed: what was picked, and the name or number beside it."""

    situation: Situation
    callers: Callers
    picked: str = ""
    to: str = ""
    error: str = ""

    @property
    def name(self) -> str:
        return f"target-{self.situation}-{self.callers}"


@dataclass
class Typed:
    """The whole form. `errors` are by field; steps and targets carry their own."""

    version: int
    name: str = ""
    outgoing: str = ""
    state: str = ""
    note: str = ""
    ends_at: str = ""
    is_busy_in_call: bool = False
    steps: list[TypedStep] = field(default_factory=list)
    targets: list[TypedTarget] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def held(cls, known: Known, version: int) -> Typed:
        """Return the form of what is saved."""
        draft = known.draft
        steps = [
            TypedStep(
                str(step.seconds),
                {member.phone for member in step.members if member.phone is not None},
                [_to(known, m.colleague, m.number) for m in step.members if m.phone is None],
            )
            for step in draft.steps
        ]
        given = {(target.situation, target.callers): target for target in draft.targets}
        targets = [
            _typed_target(known, situation, callers, given.get((situation, callers)))
            for situation in SITUATIONS
            for callers in Callers
        ]
        return cls(
            version=version,
            name=draft.name,
            outgoing=str(draft.outgoing or ""),
            state=draft.state,
            note=draft.note,
            ends_at=f"{draft.ends_at:%H:%M}" if draft.ends_at else "",
            is_busy_in_call=draft.is_busy_in_call,
            steps=steps,
            targets=targets,
        )

    @classmethod
    def posted(cls, post: QueryDict) -> Typed:
        """Return the form as it was sent, whatever it says."""

        def text(name: str, most: int = 300) -> str:
            return post.get(name, "").replace("\0", "").strip()[:most]

        count = min(_whole(text("steps"), 0), MOST_STEPS)
        return cls(
            version=_whole(text("version"), 0),
            name=" ".join(text("name").split()),
            outgoing=text("outgoing", 20),
            state=text("state", 20),
            note=text("note"),
            ends_at=text("ends_at", 20),
            is_busy_in_call=bool(post.get("is_busy_in_call")),
            steps=[
                TypedStep(
                    text(f"step-{n}-seconds", 10),
                    {_whole(phone, 0) for phone in post.getlist(f"step-{n}-phone")},
                    [
                        typed
                        for other in post.getlist(f"step-{n}-other")[:MOST_OTHERS]
                        if (typed := " ".join(other.replace("\0", "").split())[:120])
                    ],
                )
                for n in range(count)
            ],
            targets=[
                TypedTarget(
                    situation,
                    callers,
                    text(f"target-{situation}-{callers}", 20),
                    " ".join(text(f"target-{situation}-{callers}-to", 120).split()),
                )
                for situation in SITUATIONS
                for callers in Callers
            ],
        )

    def rearrange(self, wanted: str) -> bool:
        """Add, remove or move a step as a button says, such as "up:2"; return whether it was such a button."""
        verb, _colon, number = wanted.partition(":")
        at = _whole(number, -1)
        if verb == "add":
            if len(self.steps) < MOST_STEPS:
                self.steps.append(TypedStep())
            return True
        if verb not in ("remove", "up", "down"):
            return False
        if 0 <= at < len(self.steps):
            step = self.steps.pop(at)
            if verb != "remove":
                self.steps.insert(max(0, at - 1) if verb == "up" else at + 1, step)
        return True

    def texts(self) -> set[str]:
        """Return what may name a colleague."""
        others = {other for step in self.steps for other in step.others}
        return others | {target.to for target in self.targets if target.picked == TO and target.to}

    def read(self, known: Known, people: dict[str, Person], *, needs_name: bool) -> Draft | None:
        """Return the draft that this says, or None with the errors filled in."""
        if needs_name and not self.name:
            self.errors["name"] = _("Give the profile a name.")
        steps = tuple(self._steps(known, people))
        targets = tuple(self._targets(known, people))
        outgoing = next((pk for pk, *_rest in known.outgoing if str(pk) == self.outgoing), None)
        if self.outgoing and outgoing is None:
            self.errors["outgoing"] = _("This number is not yours to show. Choose another, or none.")
        if len(self.name) > 40:
            self.errors["name"] = _("The name is too long. It may have 40 letters.")
        if self.state not in ("", *HandState.values):
            self.errors["state"] = _("Choose a status from the list.")
        ends_at = self._ends_at()
        try:
            note = presence.clean_note(self.note)
        except presence.NoteTooLong:
            note = ""
            self.errors["note"] = _("The note is too long. It may have %(most)d characters.") % {
                "most": presence.NOTE_LENGTH
            }
        if self.has_errors:
            return None
        return Draft(
            name=self.name,
            outgoing=outgoing,
            steps=steps,
            targets=targets,
            state=self.state,
            note=note,
            ends_at=ends_at,
            is_busy_in_call=self.is_busy_in_call,
        )

    @property
    def has_errors(self) -> bool:
        return bool(
            self.errors
            or any(step.errors for step in self.steps)
            or any(target.error for target in self.targets)
        )

    def _ends_at(self) -> dt.time | None:
        if not self.ends_at:
            return None
        try:
            time = parse_time(self.ends_at.replace(".", ":"))
        except ValueError:
            time = None
        if time is None:
            self.errors["ends_at"] = _("Write the end as a time, such as 16.00, or leave it empty.")
        return time.replace(second=0, microsecond=0, tzinfo=None) if time else None

    def _steps(self, known: Known, people: dict[str, Person]) -> Iterator[StepDraft]:
        for step in self.steps:
            own = [MemberDraft(phone=phone.id) for phone in known.phones if phone.id in step.phones]
            others = []
            for text in step.others:
                member = member_named(text, known, people)
                if member is None:
                    step.errors.append(not_understood(text))
                elif member not in others:
                    others.append(member)
            seconds = _whole(step.seconds, 0)
            if not SHORTEST_STEP <= seconds <= LONGEST_STEP:
                step.errors.append(
                    _("A step rings for %(least)d to %(most)d seconds.")
                    % {"least": SHORTEST_STEP, "most": LONGEST_STEP}
                )
            yield StepDraft(seconds, (*own, *others))

    def _targets(self, known: Known, people: dict[str, Person]) -> Iterator[Target]:
        profiles = {f"profile:{pk}": pk for pk, _name in known.profiles}
        queues = {f"queue:{queue.id}": queue.id for queue in known.queues}
        for target in self.targets:
            where = (str(target.situation), str(target.callers))
            if target.picked == END:
                yield Target(*where)
            elif target.picked in profiles:
                yield Target(*where, profile=profiles[target.picked])
            elif target.picked in queues:
                yield Target(*where, queue=queues[target.picked])
            elif target.picked == TO:
                member = member_named(target.to, known, people) if target.to else None
                if member is not None:
                    yield Target(*where, colleague=member.colleague, number=member.number)
                elif target.to:
                    target.error = not_understood(target.to)
                else:
                    target.error = _("Write a colleague's name or local number, or a telephone number.")
            elif target.picked.startswith("queue:"):
                target.error = _("The queue was ended meanwhile. Choose something else.")
            elif target.picked:
                target.error = _("The profile was deleted meanwhile. Choose something else.")


def member_named(text: str, known: Known, people: dict[str, Person]) -> MemberDraft | None:
    """Read a text as a colleague, else as a number of the public network, in the company's country where it has no
    country code; None when it is neither."""
    person = people.get(text) or next((one for one in known.used if one.title == text), None)
    if person is not None:
        return MemberDraft(colleague=person.id)
    number = None if text in EMERGENCY else e164(text, known.country)
    return MemberDraft(number=number) if number else None


def not_understood(text: str) -> str:
    return _(
        "“%(text)s” is neither a colleague nor a telephone number. Write a name from the list, a local number, or a"
        " number such as 69 14 24 24 or +46 8 123 456."
    ) % {"text": text}


def ticked(phones: Iterable[OwnPhone], step: TypedStep) -> list[tuple[OwnPhone, bool]]:
    """Return the phones with whether they ring in a step."""
    return [(phone, phone.id in step.phones) for phone in phones]


def _typed_target(known: Known, situation: Situation, callers: Callers, target: Target | None) -> TypedTarget:
    if target is None:
        return TypedTarget(situation, callers)
    if target.profile is not None:
        return TypedTarget(situation, callers, f"profile:{target.profile}")
    if target.queue is not None:
        return TypedTarget(situation, callers, f"queue:{target.queue}")
    if target.is_end:
        return TypedTarget(situation, callers, END)
    return TypedTarget(situation, callers, TO, _to(known, target.colleague, target.number))


def _to(known: Known, colleague: int | None, number: str) -> str:
    if colleague is None:
        return shown(number, known.country)
    person = known.person(colleague)
    return person.title if person else "?"


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else otherwise
