"""Choose what callers of a queue hear who wait, as a supervisor may (G27)."""

from __future__ import annotations

from django.db import transaction

from myfone.kernel import audit
from myfone.tenancy.actor import Actor
from telephony.models import Music, Queue
from telephony.services import queue_music, queues
from telephony.services.queue_music import Upload


@transaction.atomic
def choose(*, actor: Actor, queue: Queue, music: str, file: Upload | None) -> Queue:
    """Let a queue's callers hear this from the next call on; who sends a file wants it heard.

    Raises NoMusic, NotAllowed.
    """
    queues.must_supervise(actor)
    row: Queue = queues.held(actor, queue)
    before = row.music
    row.music = Music.OWN if file else music
    if row.music == Music.OWN and file is None and not queue_music.has_own(actor, row):
        raise queues.NoMusic
    row.save(update_fields=["music"])
    if file is not None:
        queue_music.keep(actor=actor, queue=row, upload=file)
    if file is not None or row.music != before:
        audit.record(
            actor=actor,
            action="queue.music_chosen",
            object=row,
            before=before,
            after=row.music,
            file=file.name if file else "",
        )
    return row
