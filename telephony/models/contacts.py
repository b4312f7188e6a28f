"""Keep each employee's own address book; nobody else reads it, whatever their role."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.actor import Actor
from myfone.tenancy.scoping import EmployeeOwned, TenantOwned


class Private(EmployeeOwned):
    """A row that its employee alone sees: not the administrator, and not the reseller."""

    class Meta(EmployeeOwned.Meta):
        abstract = True

    @classmethod
    def rows_for(cls, actor: Actor) -> Q:
        if actor.user_id is None:
            return TenantOwned.rows_for.__func__(cls, actor)  # type: ignore[attr-defined, no-any-return]
        return Q(employee_id=actor.employee_id) if actor.employee_id else Q(pk__in=())


class ContactSource(models.TextChoices):
    TYPED = "typed", _("Typed in")
    CSV = "csv", "CSV"
    VCARD = "vcard", "vCard"


class ImportState(models.TextChoices):
    PREVIEW = "preview", _("Not confirmed")
    DONE = "done", _("Taken in")
    UNDONE = "undone", _("Undone")


class ContactImport(Private):
    """A file of contacts: what stood in it until it is confirmed, then what it did, so that it can be undone.

    rows are the lines as written, and are dropped with the confirmation. before holds what contacts said that were
    changed, by key.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=8, choices=ImportState.choices, default=ImportState.PREVIEW)
    source = models.CharField(max_length=6, choices=ContactSource.choices)
    file_name = models.CharField(max_length=120)
    region = models.CharField(max_length=2)
    headings = models.JSONField(default=list)
    columns = models.JSONField(default=list)
    rows = models.JSONField(default=list)
    faults = models.JSONField(default=list)
    before = models.JSONField(default=dict)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta(Private.Meta):
        constraints = [
            # What the composite foreign key of contacts points at.
            models.UniqueConstraint(fields=["customer", "id"], name="contact_import_within_customer"),
        ]
        indexes = [models.Index("employee", "created_at", name="contact_import_of_employee")]

    def __str__(self) -> str:
        return self.file_name


class Contact(Private):
    """Somebody outside the company, in one employee's address book.

    phones are {"kind", "number", "extension"}, number in E.164 where it is one. sort_name and search are made of
    the rest by the service.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    company = models.CharField(_("company"), max_length=120, blank=True)
    title = models.CharField(_("title"), max_length=120, blank=True)
    note = models.TextField(_("note"), blank=True)
    phones = models.JSONField(default=list)
    emails = models.JSONField(default=list)
    source = models.CharField(max_length=6, choices=ContactSource.choices, default=ContactSource.TYPED)
    # Imports are deleted before they are confirmed alone, when no contact names them.
    imported_by = models.ForeignKey(ContactImport, models.DO_NOTHING, null=True, related_name="contacts")
    sort_name = models.CharField(max_length=400, editable=False)
    search = models.TextField(editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(editable=False)

    class Meta(Private.Meta):
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        indexes = [models.Index("employee", "sort_name", name="contact_by_name")]

    def __str__(self) -> str:
        return self.name
