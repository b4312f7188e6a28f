"""Keep whom we have asked to export contacts, and what each employee answered (G11)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.scoping import EmployeeOwned, TenantOwned
from provisioning.models.setup import Setup


class ContactsRound(TenantOwned):
    """One time that the employees who had not answered were asked by mail."""

    setup = models.ForeignKey(Setup, models.PROTECT, related_name="contacts_rounds")
    number = models.PositiveSmallIntegerField()
    sent_by = models.CharField(max_length=80)
    sent_by_name = models.CharField(max_length=120)
    sent_at = models.DateTimeField()
    people = models.PositiveIntegerField()

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint("setup", "number", name="one_contacts_round_a_number")]

    def __str__(self) -> str:
        return f"{self.setup_id} {self.number}"


class Answer(models.TextChoices):
    EXPORTED = "exported", _("Has exported")
    NONE = "none", _("Has none")


class ContactsAnswer(EmployeeOwned):
    """What an employee says of the contacts in the old Skype."""

    setup = models.ForeignKey(Setup, models.PROTECT, related_name="contacts_answers")
    answer = models.CharField(max_length=8, choices=Answer.choices)
    answered_at = models.DateTimeField()

    class Meta(EmployeeOwned.Meta):
        constraints = [models.UniqueConstraint("setup", "employee", name="one_contacts_answer_an_employee")]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.answer}"
