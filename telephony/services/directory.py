"""Say where employees belong, and whether colleagues find them: what the company's administrator does."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from myfone.kernel import audit
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Department, Employee


class DirectoryError(Exception):
    """Something about departments that cannot be done; the text may be shown to the person."""


class NameTaken(DirectoryError):
    """The company has a department of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(_("There is a department called %(name)s already.") % {"name": name})


class NotEmpty(DirectoryError):
    """Somebody belongs to the department."""

    def __init__(self, name: str) -> None:
        super().__init__(
            _("People belong to %(name)s. Move them to another department first.") % {"name": name}
        )


@transaction.atomic
def add_department(*, actor: Actor, name: str) -> Department:
    """Add a department to the actor's company. Raises NameTaken."""
    assert actor.customer_id is not None
    department = Department(customer_id=actor.customer_id, name=name)
    _save(department)
    audit.record(actor=actor, action="department.added", object=department, name=name)
    return department


@transaction.atomic
def rename_department(*, actor: Actor, department: Department, name: str) -> None:
    """Give a department another name. Raises NameTaken."""
    before, department.name = department.name, name
    if before == name:
        return
    _save(department)
    audit.record(actor=actor, action="department.renamed", object=department, before=before, name=name)


@transaction.atomic
def remove_department(*, actor: Actor, department: Department) -> None:
    """Remove a department to which nobody belongs. Raises NotEmpty."""
    name = department.name
    held = Employee.objects.visible_to(actor).filter(department=department)
    held.filter(ended_at__isnull=False).update(department=None)
    if held.exists():
        raise NotEmpty(name)
    audit.record(actor=actor, action="department.removed", object=department, name=name)
    rows = Department.objects.visible_to(actor).filter(pk=department.pk)
    rows._raw_delete(rows.db)


@transaction.atomic
def place(*, actor: Actor, employee: Employee, department: Department | None, is_hidden: bool) -> None:
    """Say to which department an employee belongs, and whether colleagues see and find them."""
    changed = Employee.objects.visible_to(actor).filter(pk=employee.pk)
    changed.update(department=department, is_hidden=is_hidden)
    audit.record(
        actor=actor,
        action="employee.placed",
        object=employee,
        department=department.name if department else "",
        hidden=is_hidden,
    )


def _save(department: Department) -> None:
    try:
        with transaction.atomic():
            department.save()
    except IntegrityError as error:
        raise NameTaken(department.name) from error
