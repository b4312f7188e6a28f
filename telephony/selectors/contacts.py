"""Read an employee's own contacts, and files of contacts that wait for a confirmation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from myfone.tenancy.actor import Actor
from telephony.models import Contact, ContactImport, ContactSource, ImportState
from telephony.rules.contact_columns import Column, as_raw
from telephony.rules.contact_files import SAMPLES
from telephony.rules.contacts import Choice, Entry, Fault, Number, Plan, Raw, finish, plan, search_words

UNDOABLE = 5


def find(*, actor: Actor, query: str = "") -> QuerySet[Contact]:
    """Return the actor's contacts in which every word of the query stands, by name; all of them for no query."""
    rows: QuerySet[Contact] = Contact.objects.visible_to(actor).order_by("sort_name", "pk")
    for word in search_words(query):
        rows = rows.filter(search__contains=word)
    return rows


def held(actor: Actor) -> list[Contact]:
    """Return the whole address book, for update."""
    rows = Contact.objects.visible_to(actor).select_for_update(of=("self",), no_key=True)
    return list(rows.order_by("pk"))


def unfinished(actor: Actor) -> Any:
    """Return the file that waits for the actor's confirmation, if any."""
    return ContactImport.objects.visible_to(actor).filter(state=ImportState.PREVIEW)


def imports(*, actor: Actor) -> list[ContactImport]:
    """Return the latest imports, without what stood in them."""
    rows = ContactImport.objects.visible_to(actor).filter(state=ImportState.DONE)
    return list(rows.defer("rows", "faults", "before").order_by("-created_at")[:UNDOABLE])


def entry_of(contact: Contact) -> Entry:
    """Return a kept contact as a rule sees it."""
    return Entry(
        name=contact.name,
        company=contact.company,
        title=contact.title,
        note=contact.note,
        phones=tuple(Number.of(phone) for phone in contact.phones),
        emails=tuple(contact.emails),
    )


def entries_of(batch: ContactImport) -> tuple[list[Entry], list[Fault]]:
    """Return the contacts of a file as its columns are understood now, and what is wrong in it, by line."""
    faults = [_fault(data) for data in batch.faults]
    entries = []
    if batch.source == ContactSource.CSV:
        columns = [Column(column) for column in batch.columns]
        raws = (as_raw(line, cells, columns) for line, cells in batch.rows)
    else:
        raws = (Raw(**data) for data in batch.rows)
    for raw in raws:
        entry, wrong = finish(raw, batch.region)
        faults += wrong
        if entry is not None:
            entries.append(entry)
    return entries, sorted(faults, key=lambda fault: fault.line)


def _fault(data: Mapping[str, Any]) -> Fault:
    return Fault(data["line"], data["code"], data["params"], data["lost"])


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """A column of a file: its heading, what stands in it, and what it is taken for."""

    number: int
    heading: str
    samples: tuple[str, ...]
    column: Column


@dataclass(frozen=True)
class Preview:
    """What a file would do."""

    batch: ContactImport
    columns: tuple[ColumnSeen, ...]
    entries: list[Entry]
    faults: list[Fault]
    plans: Mapping[Choice, Plan]

    @property
    def known(self) -> frozenset[int]:
        """Return the lines of contacts that are there already."""
        return self.plans[Choice.MERGE].known


def preview(*, actor: Actor, batch: ContactImport) -> Preview:
    """Return what the file would do to the address book as it is now."""
    entries, faults = entries_of(batch)
    book = [entry_of(contact) for contact in Contact.objects.visible_to(actor).order_by("pk")]
    return Preview(
        batch=batch,
        columns=tuple(_columns(batch)),
        entries=entries,
        faults=faults,
        plans={choice: plan(book, entries, choice) for choice in Choice},
    )


def _columns(batch: ContactImport) -> list[ColumnSeen]:
    seen = []
    for number, said in enumerate(batch.columns):
        cells = (row[number].strip() for _line, row in batch.rows[:50] if number < len(row))
        samples = tuple(dict.fromkeys(text[:60] for text in cells if text))[:SAMPLES]
        if samples:
            seen.append(ColumnSeen(number, batch.headings[number], samples, Column(said)))
    return seen
