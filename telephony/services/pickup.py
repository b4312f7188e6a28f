"""Say who takes whose calls by a code: the groups that an administrator makes (G26)."""

from __future__ import annotations

from collections.abc import Collection

from django.db import IntegrityError, transaction
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


@transaction.atomic
def save_group(
    *, actor: Actor, group: PickupGroup | None, name: str, people: Collection[Employee]
) -> PickupGroup:
    """Make a group, or say anew what one is called and who is in it. Raises NameTaken, NotAllowed."""
    customer = _administered(actor)
    held = group or PickupGroup(customer_id=customer)
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


def _administered(actor: Actor) -> int:
    if actor.role != Role.CUSTOMER_ADMINISTRATOR or actor.customer_id is None:
        raise NotAllowed(_("Only an administrator of your company can do this."))
    return actor.customer_id
