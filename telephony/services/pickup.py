"""Say who takes whose calls by a code: the groups that an administrator makes (G26)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from myfone.kernel import audit
from myfone.tenancy.actor import Actor, NotAllowed, Role
from myfone.tenancy.models import Employee
from telephony.models import PickupGroup, PickupMember


class PickupError(Exception):
    """Something about pickup groups that cannot be done; the text may be shown to the person."""


class NameTaken(PickupError):
    """The company has a group of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(_("There is a pickup group called %(name)s already.") % {"name": name})


class GroupChanged(PickupError):
    """Somebody else has saved the group since it was opened."""

    def __init__(self, name: str, people: Sequence[str]) -> None:
        said = (
            _("Now it is called %(name)s, with %(people)s.")
            if people
            else _("Now it is called %(name)s, and nobody is in it.")
        )
        first = _("Somebody else has saved this group since you opened it. Yours was not saved.")
        again = _("Save again if yours is to stand.")
        super().__init__(f"{first} {said % {'name': name, 'people': ', '.join(people)}} {again}")


def state(actor: Actor, group: PickupGroup) -> str:
    """Return a group's name and people as a text that differs when they do: what somebody saw who opened it."""
    return _state(group.name, (member.employee_id for member in _members(actor, group)))


@transaction.atomic
def save_group(
    *, actor: Actor, group: PickupGroup | None, name: str, people: Collection[Employee], seen: str = ""
) -> PickupGroup:
    """Make a group, or say anew what one is called and who is in it; seen is its state when it was opened.

    Saved twice it is saved once. Raises GroupChanged, NameTaken, NotAllowed.
    """
    customer = _administered(actor)
    held = PickupGroup(customer_id=customer)
    if group is not None:
        row: PickupGroup = (
            PickupGroup.objects.visible_to(actor)
            .select_for_update(of=("self",), no_key=True)
            .get(pk=group.pk)
        )
        held = row
        now = state(actor, held)
        if now == _state(name, (person.pk for person in people)):
            return row
        if now != seen:
            raise GroupChanged(held.name, [member.employee.name for member in _members(actor, held)])
    held.name = name
    try:
        with transaction.atomic():
            held.save()
    except IntegrityError as error:
        raise NameTaken(name) from error
    wanted = {person.pk for person in people}
    members = PickupMember.objects.visible_to(actor).filter(group=held)
    before = set(members.values_list("employee_id", flat=True))
    gone = members.exclude(employee_id__in=wanted)
    gone._raw_delete(gone.db)
    PickupMember.objects.bulk_create(
        [
            PickupMember(customer_id=held.customer_id, group=held, employee_id=pk)
            for pk in sorted(wanted - before)
        ],
        ignore_conflicts=True,
    )
    audit.record(
        actor=actor,
        action="pickup_group.saved" if group else "pickup_group.added",
        object=held,
        name=name,
        people=len(wanted),
    )
    return held


@transaction.atomic
def remove_group(*, actor: Actor, group: PickupGroup) -> None:
    """Remove a group; its people take each other's calls no more. Raises NotAllowed."""
    _administered(actor)
    audit.record(actor=actor, action="pickup_group.removed", object=group, name=group.name)
    members = PickupMember.objects.visible_to(actor).filter(group=group)
    members._raw_delete(members.db)
    rows = PickupGroup.objects.visible_to(actor).filter(pk=group.pk)
    rows._raw_delete(rows.db)


def _members(actor: Actor, group: PickupGroup) -> QuerySet[PickupMember]:
    """Return who is in a group; who has left the company since is not."""
    rows = PickupMember.objects.visible_to(actor).filter(group=group, employee__ended_at=None)
    listed: QuerySet[PickupMember] = rows.select_related("employee").order_by("employee__name", "pk")
    return listed


def _state(name: str, people: Iterable[int]) -> str:
    return f"{','.join(str(pk) for pk in sorted(people))} {name}"


def _administered(actor: Actor) -> int:
    if actor.role != Role.CUSTOMER_ADMINISTRATOR or actor.customer_id is None:
        raise NotAllowed(_("Only an administrator of your company can do this."))
    return actor.customer_id
