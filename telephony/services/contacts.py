"""Keep an employee's own contacts: one by one, and from files (G11)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from myfone.kernel import audit, jobs
from myfone.tenancy.actor import Actor, NotAllowed
from telephony.contact_texts import unreadable
from telephony.models import Contact, ContactImport, ContactSource, ImportState
from telephony.rules import contact_files
from telephony.rules.contact_columns import CHOICES
from telephony.rules.contacts import REGIONS, Choice, Entry, Number, plan, search_text, sort_name
from telephony.selectors.contacts import entries_of, entry_of, held, unfinished

MOST = 5000
FORGET = "telephony.forget_contact_import"
#: A file that was looked at and neither confirmed nor discarded is dropped.
KEPT = dt.timedelta(days=1)
BATCH = 250
SAID = ("name", "company", "title", "note", "phones", "emails", "sort_name", "search", "updated_at")


class ContactRefused(Exception):
    """The contact or file was not taken; the text says why."""


class ImportGone(ContactRefused):
    """The import is no longer where the person thinks it is."""

    def __init__(self) -> None:
        super().__init__(_("This file is not waiting any more. Choose it again."))


def _owner(actor: Actor) -> dict[str, int]:
    if actor.employee_id is None or actor.customer_id is None:
        raise NotAllowed(_("An address book belongs to an employee."))
    return {"customer_id": actor.customer_id, "employee_id": actor.employee_id}


def _say(contact: Contact, entry: Entry, at: dt.datetime) -> Contact:
    contact.name, contact.company, contact.title = entry.name, entry.company, entry.title
    contact.note, contact.emails = entry.note, list(entry.emails)
    contact.phones = [phone.as_data() for phone in entry.phones]
    contact.sort_name, contact.search = sort_name(entry.name), search_text(entry)
    contact.updated_at = at
    return contact


@transaction.atomic
def save(*, actor: Actor, entry: Entry, public_id: UUID | None = None, at: dt.datetime) -> Contact:
    """Add a contact, or change the one with this id. Raises ContactRefused, Contact.DoesNotExist."""
    owner = _owner(actor)
    if public_id is None:
        _room(actor, 1)
        contact = Contact(**owner)
    else:
        contact = (
            Contact.objects.visible_to(actor)
            .select_for_update(of=("self",), no_key=True)
            .get(public_id=public_id)
        )
    _say(contact, entry, at).save()
    return contact


@transaction.atomic
def delete(*, actor: Actor, public_id: UUID) -> bool:
    """Delete a contact; return whether it was there."""
    _owner(actor)
    deleted, _by_model = Contact.objects.visible_to(actor).filter(public_id=public_id).delete()
    return bool(deleted)


def _room(actor: Actor, more: int) -> None:
    if more and Contact.objects.visible_to(actor).count() + more > MOST:
        text = _(
            "An address book holds %(most)d contacts at most. Delete some first, or take in a shorter file."
        )
        raise ContactRefused(text % {"most": MOST})


@transaction.atomic
def upload(*, actor: Actor, file_name: str, data: bytes, region: str, at: dt.datetime) -> ContactImport:
    """Read a file and keep it for a look; no contact is written. Raises ContactRefused."""
    owner = _owner(actor)
    try:
        found = contact_files.read(data)
    except contact_files.Unreadable as error:
        raise ContactRefused(unreadable(error)) from error
    batch = ContactImport(
        **owner,
        file_name=file_name[:120],
        region=region if region in REGIONS else REGIONS[0],
        faults=[asdict(fault) for fault in found.faults],
        created_at=at,
    )
    if isinstance(found, contact_files.Table):
        batch.source, batch.headings, batch.rows = ContactSource.CSV, found.headings, found.rows
        batch.columns = [column.value for column in found.columns]
    else:
        batch.source, batch.rows = ContactSource.VCARD, [asdict(raw) for raw in found.raws]
    # One file at a time: a second upload is a change of mind, or a double click.
    unfinished(actor).delete()
    batch.save()
    jobs.enqueue(
        FORGET,
        key=f"contact-import:{batch.pk}",
        customer_id=batch.customer_id,
        run_at=at + KEPT,
        batch=batch.pk,
    )
    return batch


def _waiting(actor: Actor, public_id: UUID) -> ContactImport:
    batch: ContactImport | None = (
        unfinished(actor).select_for_update(of=("self",), no_key=True).filter(public_id=public_id).first()
    )
    if batch is None:
        raise ImportGone
    return batch


@transaction.atomic
def say_columns(*, actor: Actor, public_id: UUID, columns: Sequence[str], region: str) -> ContactImport:
    """Say what the columns of a file hold, and where numbers without a country code are from. Raises ImportGone."""
    batch = _waiting(actor, public_id)
    known = {column.value for column in CHOICES}
    if len(columns) == len(batch.columns):
        batch.columns = [
            said if said in known else held for said, held in zip(columns, batch.columns, strict=True)
        ]
    batch.region = region if region in REGIONS else batch.region
    batch.save(update_fields=["columns", "region"])
    return batch


@transaction.atomic
def confirm(*, actor: Actor, public_id: UUID, choice: Choice, at: dt.datetime) -> ContactImport:
    """Take a file's contacts in; said twice, the first stands. Raises ContactRefused, ImportGone."""
    done: ContactImport | None = (
        ContactImport.objects.visible_to(actor).filter(public_id=public_id, state=ImportState.DONE).first()
    )
    if done is not None:
        return done
    batch = _waiting(actor, public_id)
    read, _faults = entries_of(batch)
    mine = held(actor)
    planned = plan([entry_of(contact) for contact in mine], read, choice)
    if not read:
        raise ContactRefused(_("There is no contact in the file that can be taken in."))
    _room(actor, len(planned.new))
    changed = []
    for place, entry in planned.changed.items():
        contact = mine[place]
        batch.before[str(contact.pk)] = _as_data(entry_of(contact))
        changed.append(_say(contact, entry, at))
    rows = Contact.objects.visible_to(actor)
    rows.bulk_update(changed, SAID, batch_size=BATCH)
    batch.state, batch.done_at, batch.rows, batch.faults = ImportState.DONE, at, [], []
    batch.added, batch.changed, batch.skipped = len(planned.new), len(changed), planned.skipped
    batch.save()
    made = [
        _say(
            Contact(
                customer_id=batch.customer_id,
                employee_id=batch.employee_id,
                source=batch.source,
                imported_by=batch,
            ),
            entry,
            at,
        )
        for entry in planned.new
    ]
    Contact.objects.bulk_create(made, batch_size=BATCH)
    audit.record(
        actor=actor, action="contacts.imported", object=batch, added=batch.added, changed=batch.changed
    )
    return batch


def _as_data(entry: Entry) -> dict[str, Any]:
    return asdict(entry) | {"phones": [phone.as_data() for phone in entry.phones]}


def _of_data(data: Mapping[str, Any]) -> Entry:
    said = {name: data[name] for name in ("name", "company", "title", "note")}
    return Entry(**said, phones=tuple(map(Number.of, data["phones"])), emails=tuple(data["emails"]))


@transaction.atomic
def undo(*, actor: Actor, public_id: UUID, at: dt.datetime) -> tuple[ContactImport, int]:
    """Take an import back; return it and how many contacts stay because they were changed since.

    What the import added is deleted, what it changed says what it said before. Undone twice, the first stands.
    """
    batch: ContactImport = (
        ContactImport.objects.visible_to(actor)
        .select_for_update(of=("self",), no_key=True)
        .exclude(state=ImportState.PREVIEW)
        .get(public_id=public_id)
    )
    if batch.state == ImportState.UNDONE:
        return batch, 0
    rows = Contact.objects.visible_to(actor)
    added = rows.filter(imported_by=batch)
    stay = added.exclude(updated_at=batch.done_at).count()
    added.filter(updated_at=batch.done_at).delete()
    changed = list(rows.filter(pk__in=[int(pk) for pk in batch.before]))
    back = [
        _say(one, _of_data(batch.before[str(one.pk)]), at)
        for one in changed
        if one.updated_at == batch.done_at
    ]
    rows.bulk_update(back, SAID, batch_size=BATCH)
    stay += len(changed) - len(back)
    batch.state, batch.undone_at, batch.before = ImportState.UNDONE, at, {}
    batch.save(update_fields=["state", "undone_at", "before"])
    audit.record(actor=actor, action="contacts.import_undone", object=batch, stay=stay)
    return batch, stay


@transaction.atomic
def discard(*, actor: Actor, public_id: UUID) -> None:
    """Drop a file that was looked at."""
    _owner(actor)
    unfinished(actor).filter(public_id=public_id).delete()
