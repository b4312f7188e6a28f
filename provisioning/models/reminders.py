from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from myfone.tenancy.scoping import EmployeeOwned


class Reminder(EmployeeOwned):
    """An employee was reminded of connecting to Skype for Business; at most once on a date, whoever asks.

    sent_on is a local date; mailed_at is set when the mail lies in the outbox.
    """

    sent_on = models.DateField()
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    mailed_at = models.DateTimeField(null=True)

    class Meta(EmployeeOwned.Meta):
        constraints = [models.UniqueConstraint("employee", "sent_on", name="one_reminder_a_day")]
        indexes = [models.Index("customer", "sent_on", name="reminder_of_a_day")]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.sent_on}"
