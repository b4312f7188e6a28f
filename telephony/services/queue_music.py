"""Keep the music of queues, and put it where the media relay finds it (G27)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from myfone.kernel import jobs
from myfone.kernel.gateways import gateway
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from telephony.gateways.music import MusicShelf
from telephony.models import Queue, QueueMusic
from telephony.rules.music import Music

JOB = "telephony.shelve_music"


@dataclass(frozen=True)
class Upload:
    """Music as somebody has uploaded it, and what its file was called."""

    name: str
    music: Music


def keep(*, actor: Actor, queue: Queue, upload: Upload) -> None:
    """Let an upload be a queue's own music, inside the caller's transaction; callers hear it some seconds later."""
    row = QueueMusic.objects.visible_to(actor).filter(queue=queue).first()
    row = row or QueueMusic(customer_id=queue.customer_id, queue=queue)
    # What plays now is played to its end, and never half of one file and half of another.
    row.public_id = uuid.uuid4()
    row.name, row.wav, row.seconds = upload.name, upload.music.wav, upload.music.seconds
    row.save()
    jobs.enqueue(JOB, key=f"{JOB}:{row.public_id}", customer_id=queue.customer_id)


def has_own(actor: Actor, queue: Queue) -> bool:
    """Say whether a queue has music of its own, played or not."""
    return bool(queue.pk and QueueMusic.objects.visible_to(actor).filter(queue=queue).exists())


def shelve() -> tuple[int, int]:
    """Put what is missing at the media relay, and take away what no queue has; return how many of each.

    Raises GatewayError.
    """
    shelf: MusicShelf = gateway("music")
    # Looked at first: what is put there while we ask the database is then in what the database says.
    there = shelf.names()
    with tenant(Actor.platform(doing="shelve_music")) as actor:
        rows = QueueMusic.objects.visible_to(actor).filter(queue__ended_at=None)
        wanted = {str(name) for name in rows.values_list("public_id", flat=True)}
    for name in wanted - there:
        with tenant(Actor.platform(doing="shelve_music")) as actor:
            wav = (
                QueueMusic.objects.visible_to(actor)
                .filter(public_id=name)
                .values_list("wav", flat=True)
                .first()
            )
        if wav is not None:
            shelf.put(name, bytes(wav))
    for name in there - wanted:
        shelf.drop(name)
    return len(wanted - there), len(there - wanted)
