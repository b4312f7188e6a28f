"""Report licences, and begin and end what is charged for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from billing import selectors
from billing.events import IntegrationActivated, IntegrationDeactivated, LicencesReported
from billing.models import Activation, EmployeeLicence, LicenceType
from billing.rules import NO_SKYPE
from myfone.kernel import audit
from myfone.kernel.events import publish
from myfone.tenancy.actor import Actor, NotAllowed
from myfone.tenancy.models import Customer, Employee


class UnknownLicence(Exception):
    """The code is none of the catalogue's."""

    def __init__(self, code: str) -> None:
        super().__init__(_("There is no licence called “%(code)s”.") % {"code": code})


class UnknownEmployee(Exception):
    """An employee was named whom the customer does not have."""

    def __init__(self) -> None:
        super().__init__(_("The employee does not exist, or has left."))


class StillConnected(Exception):
    """Employees who are connected to Skype for Business were to have none."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            _(
                "Connected to Skype for Business: %(names)s. They disconnect first, in Myfone under Settings, Skype"
                " for Business. Nothing was changed."
            )
            % {"names": ", ".join(names)}
        )


class NotForSkype(Exception):
    """The employee is to have no Skype for Business."""

    def __init__(self) -> None:
        super().__init__(_("Skype for Business was not ordered for you. Ask your company's reseller."))


@transaction.atomic
def report_licences(
    *, actor: Actor, customer: Customer, licences: str | Mapping[int, str], at: dt.datetime
) -> int:
    """Report which Office 365 licence employees have; return for how many it changed (G7).

    licences is one code for every employee of the customer who is to have Skype, or a code per employee id; NO_SKYPE
    is one of the codes. What is the same as before is left alone; what changed keeps its history and is logged.
    Raises UnknownLicence, UnknownEmployee, StillConnected, NotAllowed.
    """
    if not actor.is_staff:
        raise NotAllowed(_("Licences are reported by the reseller."))
    types = {row.code: row for row in LicenceType.objects.all()}
    people = Employee.objects.visible_to(actor).filter(customer_id=customer.pk, ended_at=None)
    if isinstance(licences, str):
        without = selectors.without_skype(actor).filter(customer_id=customer.pk)
        meant = people.exclude(pk__in=without.values("employee_id"))
        wanted = dict.fromkeys(meant.values_list("pk", flat=True), licences)
        codes = {licences}
    else:
        wanted, codes = dict(licences), set(licences.values())
        if people.filter(pk__in=list(wanted)).count() != len(wanted):
            raise UnknownEmployee
    for code in codes - types.keys() - {NO_SKYPE}:
        raise UnknownLicence(code)
    # Two browsers may report at once; the customer's row is what they queue for.
    Customer.objects.visible_to(actor).select_for_update(no_key=True).only("pk").get(pk=customer.pk)
    current = EmployeeLicence.objects.visible_to(actor).filter(employee_id__in=list(wanted), ended_at=None)
    before = dict(current.values_list("employee_id", selectors.CODE))
    changed = {pk: code for pk, code in wanted.items() if before.get(pk) != code}
    if not changed:
        return 0
    _refuse_connected(actor, [pk for pk, code in changed.items() if code == NO_SKYPE])
    EmployeeLicence.objects.visible_to(actor).filter(employee_id__in=list(changed), ended_at=None).update(
        ended_at=at
    )
    EmployeeLicence.objects.bulk_create(
        EmployeeLicence(
            customer_id=customer.pk,
            employee_id=pk,
            licence_type=types.get(code),
            since=at,
            reported_by=actor.id,
        )
        for pk, code in changed.items()
    )
    if isinstance(licences, str):
        audit.record(
            actor=actor,
            action="licences.reported",
            object=customer,
            customer_id=customer.pk,
            licence=licences,
            employees=len(changed),
            before=sorted({before[pk] for pk in changed if pk in before}),
        )
    else:
        audit.record_each(
            actor=actor,
            action="licence.reported",
            entries=(
                (employee, {"licence": changed[employee.pk], "before": before.get(employee.pk)})
                for employee in people.filter(pk__in=list(changed))
            ),
        )
    publish(LicencesReported(customer_id=customer.pk, at=at, employee_ids=tuple(changed)))
    return len(changed)


@transaction.atomic
def activate(*, actor: Actor, employee: Employee, at: dt.datetime) -> Activation:
    """Write to the ledger that the integration is active for the employee, and return the line (G5).

    Already active, the line that stands is returned; linked twice at once, there is one line. Raises NotForSkype.
    """
    _may_act_for(actor, employee)
    _hold(actor, [employee.pk])
    if selectors.without_skype(actor).filter(employee=employee).exists():
        raise NotForSkype
    line = Activation(customer_id=employee.customer_id, employee=employee, activated_at=at)
    try:
        with transaction.atomic():
            line.save()
    except IntegrityError:
        open_line: Activation = Activation.objects.visible_to(actor).get(
            employee=employee, deactivated_at=None
        )
        return open_line
    audit.record(actor=actor, action="integration.activated", object=employee, activation=line.pk)
    publish(
        IntegrationActivated(
            customer_id=employee.customer_id, at=at, employee_id=employee.pk, activation_id=line.pk
        )
    )
    return line


@transaction.atomic
def deactivate(*, actor: Actor, employee: Employee, at: dt.datetime) -> bool:
    """End the employee's line of the ledger; return whether one was open. The month it ends in is charged."""
    _may_act_for(actor, employee)
    rows = Activation.objects.visible_to(actor).select_for_update(of=("self",))
    line = rows.filter(employee=employee, deactivated_at=None).first()
    if line is None:
        return False
    line.deactivated_at = at
    line.save(update_fields=["deactivated_at"])
    audit.record(actor=actor, action="integration.deactivated", object=employee, activation=line.pk)
    publish(
        IntegrationDeactivated(
            customer_id=employee.customer_id, at=at, employee_id=employee.pk, activation_id=line.pk
        )
    )
    return True


@transaction.atomic
def end_licence(*, actor: Actor, employee: Employee, at: dt.datetime) -> None:
    """End what is reported for an employee who leaves; what was reported before stays. Raises NotAllowed."""
    if not actor.is_staff:
        raise NotAllowed(_("Licences are reported by the reseller."))
    rows = EmployeeLicence.objects.visible_to(actor).filter(employee=employee, ended_at=None)
    rows.update(ended_at=at)


@transaction.atomic
def end_activations(
    *, actor: Actor, customer_id: int, employee_ids: Sequence[int] | None, at: dt.datetime
) -> int:
    """End the lines of many employees as of an instant that may have passed; None means all of the customer's.

    Return how many were open. A line that began later than `at` ends where it began. Raises NotAllowed.
    """
    if not (actor.is_staff or actor.employee_id is None):
        raise NotAllowed(_("The integration of others is ended by the reseller."))
    rows = Activation.objects.visible_to(actor).filter(customer_id=customer_id, deactivated_at=None)
    if employee_ids is not None:
        rows = rows.filter(employee_id__in=list(employee_ids))
    lines = list(rows.select_for_update(of=("self",)).select_related("employee"))
    Activation.objects.visible_to(actor).filter(pk__in=[line.pk for line in lines]).update(
        deactivated_at=Greatest(F("activated_at"), Value(at))
    )
    audit.record_each(
        actor=actor,
        action="integration.deactivated",
        entries=((line.employee, {"activation": line.pk}) for line in lines),
    )
    for line in lines:
        publish(
            IntegrationDeactivated(
                customer_id=customer_id, at=at, employee_id=line.employee_id, activation_id=line.pk
            )
        )
    return len(lines)


def _may_act_for(actor: Actor, employee: Employee) -> None:
    rows = Employee.objects.visible_to(actor).filter(pk=employee.pk, ended_at=None)
    if not rows.exists() or not (actor.is_staff or actor.employee_id in (None, employee.pk)):
        raise UnknownEmployee


def _refuse_connected(actor: Actor, employee_ids: Sequence[int]) -> None:
    if not employee_ids:
        return
    _hold(actor, employee_ids)
    active = Activation.objects.visible_to(actor).filter(employee_id__in=employee_ids, deactivated_at=None)
    if names := list(active.order_by("employee__name").values_list("employee__name", flat=True)):
        raise StillConnected(names)


def _hold(actor: Actor, employee_ids: Sequence[int]) -> None:
    """Let whoever connects and whoever decides that they are to have no Skype wait for each other."""
    rows = Employee.objects.visible_to(actor).filter(pk__in=employee_ids).order_by("pk")
    list(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
