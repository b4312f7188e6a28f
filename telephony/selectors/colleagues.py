"""Read who is there: one's own status, and the list of colleagues."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    FilteredRelation,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    Window,
)
from django.db.models.functions import Lower

from myfone.tenancy.actor import Actor, Role
from myfone.tenancy.models import Department, Employee
from telephony.models import Ddi, Extension, Favourite, Presence
from telephony.selectors.folding import named

PAGE = 25


@dataclass(frozen=True)
class Status:
    """What everybody sees of one employee, as switch.aggregated_presence makes it.

    `state` is one of available, busy, dnd, brb, away, off, offline; `why` one of hand, call, profile, idle,
    registered, nothing. `is_reached` is false of a colleague who is said to be available while nothing of theirs rings.
    """

    state: str = "offline"
    why: str = "nothing"
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    in_call_since: dt.datetime | None = None
    note: str = ""
    note_at: dt.datetime | None = None
    note_author: int | None = None
    note_author_name: str = ""
    revision: int = 0
    is_reached: bool = True

    @property
    def dot(self) -> str:
        """The colour that stands beside the words: available, busy, dnd, away or offline."""
        if not self.is_reached:
            return "offline"
        return {"brb": "away", "off": "offline"}.get(self.state, self.state)


@dataclass(frozen=True)
class Colleague:
    """An employee as colleagues see them; `direct` are the numbers of the public network that lead to theirs."""

    id: int
    public_id: uuid.UUID
    name: str
    department: str
    numbers: tuple[str, ...]
    direct: tuple[str, ...]
    is_favourite: bool
    is_hidden: bool
    status: Status


@dataclass(frozen=True)
class Found:
    """One page of colleagues, and how many there are in all."""

    colleagues: tuple[Colleague, ...]
    total: int
    page: int
    pages: int


STATUS = (
    "state, why, since, until, in_call_since, note, note_at, note_author,"
    " coalesce(note_author_name, ''), revision"
)
#: Follows STATUS where that is a colleague's; `known` is a row of switch.presence_of. Whoever is available by
#: hand or by a profile may have no phone. A mobile is rung by the public network, others while a client is signed in.
REACHED = """
known.state <> 'available' OR known.why NOT IN ('hand', 'profile')
OR EXISTS (
    SELECT FROM telephony_phone phone
    WHERE phone.employee_id = known.employee_id AND phone.kind = 'mobile'
      AND phone.ended_at IS NULL AND phone.is_enabled
)
OR EXISTS (
    SELECT FROM switch.now_of(ARRAY[known.employee_id]) line WHERE line.phones @> '[{"registered": true}]'
)
"""


def statuses(employees: Iterable[int]) -> dict[int, Status]:
    """Return the status of employees of opened customers, by id; one statement whatever their number."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT known.employee_id, {STATUS}, {REACHED} FROM switch.presence_of(%s) known",  # noqa: S608 - constants
            [list(employees)],
        )
        return {row[0]: Status(*row[1:]) for row in cursor.fetchall()}


def my_status(actor: Actor) -> Status:
    """Return the actor's own status."""
    me = _me(actor)
    # One's own pages say of each phone whether it is signed in.
    return replace(statuses([me]).get(me, Status()), is_reached=True)


def _me(actor: Actor) -> int:
    assert actor.employee_id is not None
    return actor.employee_id


def own_numbers(actor: Actor) -> tuple[list[str], list[str]]:
    """Return the actor's own local numbers, and the numbers of the public network that lead there. One statement."""
    rows = (
        Extension.objects.visible_to(actor)
        .filter(customer_id=actor.customer_id, employee_id=actor.employee_id, employee__isnull=False)
        .annotate(direct=FilteredRelation("ddis", condition=Q(ddis__ended_at=None)))
        .values_list("number", "direct__number")
    )
    pairs = list(rows)
    return sorted({local for local, _ in pairs}), sorted({direct for _, direct in pairs if direct})


def may_see_hidden(actor: Actor) -> bool:
    """Say whether the actor looks after the company's people, and so sees who is hidden from colleagues."""
    return actor.is_staff or actor.role == Role.CUSTOMER_ADMINISTRATOR


def _listed(actor: Actor) -> QuerySet[Employee]:
    rows: QuerySet[Employee] = Employee.objects.visible_to(actor).filter(
        customer_id=actor.customer_id, ended_at=None
    )
    if not may_see_hidden(actor):
        rows = rows.filter(Q(is_hidden=False) | Q(pk=actor.employee_id))
    return rows


def colleague_row(actor: Actor, public_id: uuid.UUID) -> Employee | None:
    """Return the row of somebody whom the actor sees as a colleague, or of the actor."""
    return _listed(actor).select_related("department").filter(public_id=public_id).first()


def ids_of(actor: Actor, public_ids: Iterable[uuid.UUID]) -> dict[int, uuid.UUID]:
    """Return the keys of those among these whom the actor sees as colleagues, or is."""
    wanted = list(public_ids)
    return dict(_listed(actor).filter(public_id__in=wanted).values_list("pk", "public_id")) if wanted else {}


def colleague(actor: Actor, row: Employee) -> Colleague:
    """Return what is known of a colleague."""
    return _with_status(list(_with_details(actor, _listed(actor).filter(pk=row.pk))))[0]


@dataclass(frozen=True)
class Page:
    """The rows of one page of colleagues, of whom it is not yet known how they are."""

    rows: tuple[Employee, ...]
    total: int
    page: int
    pages: int

    def found(self, known: Mapping[int, Status]) -> Found:
        """Return the page with these statuses."""
        return Found(tuple(_colleagues(self.rows, known)), self.total, self.page, self.pages)


def find(
    actor: Actor, *, words: str = "", department: uuid.UUID | None = None, page: int = 1, size: int = PAGE
) -> Found:
    """Return a page of colleagues, favourites first, then by name; every word must fit somewhere.

    A word fits the beginning of a local number, or a part of a direct number, the name, the department or the note.
    The actor is left out while nothing is searched for: one does not look oneself up.
    """
    listed = page_of(actor, words=words, department=department, page=page, size=size)
    return listed.found(statuses(row.pk for row in listed.rows))


def page_of(
    actor: Actor, *, words: str = "", department: uuid.UUID | None = None, page: int = 1, size: int = PAGE
) -> Page:
    """Return what find returns, without asking how everybody is."""
    rows = _listed(actor)
    rows = _matching(actor, rows, words) if words.strip() else rows.exclude(pk=_me(actor))
    if department is not None:
        rows = rows.filter(department__public_id=department)
    # Counted in the same statement: what fits is looked for once.
    listed = (
        _with_details(actor, rows)
        .annotate(total=Window(Count("*")))
        .order_by(F("is_favourite").desc(), danish("name"), "pk")
    )
    page = max(1, page)
    shown = list(listed[(page - 1) * size : page * size])
    if not shown and page > 1:
        page, shown = 1, list(listed[:size])
    total = shown[0].total if shown else 0  # type: ignore[attr-defined]
    return Page(tuple(shown), total, page, max(1, -(-total // size)))


def departments(actor: Actor) -> list[Department]:
    """Return the departments of the actor's company, in alphabetical order."""
    return list(
        Department.objects.visible_to(actor).filter(customer_id=actor.customer_id).order_by(danish("name"))
    )


def danish(field: str) -> Func:
    """Return an expression that sorts as Danish does, æ ø å last, on every build of Postgres."""
    plain = Func(
        Lower(F(field)),
        Value("æøåäöÆØÅÄÖ"),
        Value("{|}{|{|}{|"),
        function="translate",
        output_field=CharField(),
    )
    return Func(plain, template='%(expressions)s COLLATE "C"', output_field=CharField())


def _matching(actor: Actor, rows: QuerySet[Employee], words: str) -> QuerySet[Employee]:
    by_number = Extension.objects.visible_to(actor).filter(customer_id=actor.customer_id)
    by_note = Presence.objects.visible_to(actor).filter(customer_id=actor.customer_id)
    by_department = Department.objects.visible_to(actor).filter(customer_id=actor.customer_id)
    for word in words_of(words):
        fits = (
            named("name", word)
            | Q(department__in=by_department.filter(named("name", word)).values("pk"))
            | Q(pk__in=by_note.filter(named("note", word), note__gt="").values("employee_id"))
        )
        if digits := digits_of(word):
            fits |= Q(pk__in=by_number.filter(numbered(actor, digits)).values("employee_id"))
        rows = rows.filter(fits)
    return rows


def words_of(text: str) -> list[str]:
    """Return the words to look for, six at most; digits in groups are one number: (+45) 69 14 24 24."""
    joined = re.sub(r"(?<=\d)[\s.()/-]+(?=\d)", "", text[:80])
    return joined.replace("\0", "").split()[:6]


def digits_of(word: str) -> str:
    """Return the digits of a word that is a number, else nothing."""
    digits = word.strip("()").lstrip("+")
    return digits if digits.isascii() and digits.isdigit() else ""


def numbered(actor: Actor, digits: str) -> Q:
    """Return the condition that a local number begins with digits, or a direct number leads there that has them.

    A direct number is found with its country's code or without, and from three digits on.
    """
    fits = Q(number__startswith=digits)
    # A national number of Sweden begins with 0, and one with 00 is international.
    bare = digits.lstrip("0")
    if len(bare) < 3:
        return fits
    leads = Ddi.objects.visible_to(actor).filter(
        customer_id=actor.customer_id, ended_at=None, number__contains=bare
    )
    return fits | Q(pk__in=leads.values("extension_id"))


def _with_details(actor: Actor, rows: QuerySet[Employee]) -> QuerySet[Employee]:
    numbers = (
        Extension.objects.visible_to(actor)
        .filter(customer_id=OuterRef("customer_id"), employee=OuterRef("pk"))
        .order_by()
        .values("employee")
        .annotate(all=ArrayAgg("number", order_by=["number"]))
        .values("all")
    )
    direct = (
        Ddi.objects.visible_to(actor)
        .filter(customer_id=OuterRef("customer_id"), extension__employee=OuterRef("pk"), ended_at=None)
        .order_by()
        .values("extension__employee")
        .annotate(all=ArrayAgg("number", order_by=["number"]))
        .values("all")
    )
    favourites = Favourite.objects.visible_to(actor).filter(
        employee_id=actor.employee_id, colleague=OuterRef("pk")
    )
    return rows.select_related("department").annotate(
        numbers=Subquery(numbers), direct=Subquery(direct), is_favourite=Exists(favourites)
    )


def _with_status(found: Sequence[Employee]) -> Sequence[Colleague]:
    return _colleagues(found, statuses(row.pk for row in found))


def _colleagues(found: Sequence[Employee], known: Mapping[int, Status]) -> Sequence[Colleague]:
    return [
        Colleague(
            id=row.pk,
            public_id=row.public_id,
            name=row.name,
            department=row.department.name if row.department else "",
            numbers=tuple(row.numbers or ()),  # type: ignore[attr-defined]
            direct=tuple(row.direct or ()),  # type: ignore[attr-defined]
            is_favourite=row.is_favourite,  # type: ignore[attr-defined]
            is_hidden=row.is_hidden,
            status=known.get(row.pk, Status()),
        )
        for row in found
    ]
