"""Choosing what callers hear who wait: who may, what is kept, and that it comes to the media relay."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from myfone.kernel import clock
from myfone.kernel.gateways import gateway
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import QueueMusic
from telephony.services import queue_music, queues
from tests.cast import Cast
from tests.integration.test_queue_pages import browser, page, settings_of
from tests.queue_office import Office, opened

LOUD = bytes(range(256)) * 63  # a second and more, of 8 bits


@pytest.fixture
def office(live_cast: Cast, postgres: Postgres) -> Iterator[Office]:
    with opened(live_cast, postgres) as office:
        yield office


def wav(name: str, frames: bytes = LOUD) -> SimpleUploadedFile:
    told = io.BytesIO()
    with wave.open(told, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(frames)
    return SimpleUploadedFile(name, told.getvalue(), "audio/wav")


def kept(office: Office) -> list[QueueMusic]:
    with tenant(office.cast.sara.actor) as actor:
        return list(QueueMusic.objects.visible_to(actor))


def played(office: Office) -> str:
    return str(office.ask("SELECT switch.queue_music(%s)", office.queue.pk))


def test_an_administrator_uploads_music_and_the_switch_plays_it(office: Office) -> None:
    sara = browser(office.cast.sara)
    path = f"/queues/{office.queue.public_id}/edit/"
    assert played(office) == "ours 30"
    said = sara.post(path, settings_of(sara, path) | {"music": "own"})
    assert "Choose the WAV file that callers shall hear" in said.content.decode()
    for name, frames, why in (
        ("stille.wav", b"\x80" * 9000, "Nothing can be heard"),
        ("kort.wav", LOUD[:800], "less than a second"),
    ):
        said = sara.post(path, settings_of(sara, path) | {"file": wav(name, frames)})
        assert (said.status_code, why in said.content.decode()) == (422, True)
    wrong = SimpleUploadedFile("sang.mp3", b"ID3\x04")
    assert "not MP3" in sara.post(path, settings_of(sara, path) | {"file": wrong}).content.decode()
    assert not kept(office)
    # Whoever sends a file wants it heard, whatever is marked above it; twice is the same.
    for name in ("velkommen.wav", "velkommen2.wav"):
        assert sara.post(path, settings_of(sara, path) | {"file": wav(name)}).status_code == 302
    (music,) = kept(office)
    assert (music.name, music.seconds) == ("velkommen2.wav", 2)
    assert played(office) == f"{music.public_id} 450"
    assert "There is velkommen2.wav (0:02); a new file takes its place." in page(sara, path)
    shelf = gateway("music")
    assert queue_music.shelve() == (1, 0)
    assert shelf.files == {str(music.public_id): bytes(music.wav)}
    assert queue_music.shelve() == (0, 0)
    # Another choice keeps the file for later; a queue that ends does not.
    for choice, plays in (("none", ""), ("ours", "ours 30"), ("own", f"{music.public_id} 450")):
        assert sara.post(path, settings_of(sara, path) | {"music": choice}).status_code == 302
        assert played(office) == plays
    with tenant(office.cast.sara.actor) as actor:
        queues.end_queue(actor=actor, queue=office.queue, at=clock.now())
    assert not kept(office)
    assert queue_music.shelve() == (0, 1)
    assert shelf.files == {}


def test_a_supervisor_chooses_the_music_and_nothing_else(office: Office) -> None:
    peter = browser(office.cast.peter)
    queue = f"/queues/{office.queue.public_id}/"
    assert f'href="{queue}music/"' in page(peter, queue)
    assert f'href="{queue}edit/"' not in page(peter, queue)
    said = peter.post(f"{queue}music/", {"music": "own"})
    assert "Choose the WAV file that callers shall hear" in said.content.decode()
    assert peter.post(f"{queue}music/", {"music": "ours", "file": wav("hej.wav")}).status_code == 302
    (music,) = kept(office)
    assert played(office) == f"{music.public_id} 450"
    for _ in range(2):
        assert peter.post(f"{queue}music/", {"music": "none"}).status_code == 302
    assert played(office) == ""
    assert office.audited("queue.music_chosen") == 2
    for person in (office.cast.mette, office.cast.freja):
        assert browser(person).post(f"{queue}music/", {"music": "ours"}).status_code == 404
    assert played(office) == ""


def test_nobody_else_sees_or_sets_a_companys_music(office: Office) -> None:
    path = f"/queues/{office.queue.public_id}/edit/"
    with tenant(office.cast.sara.actor) as actor:
        row = QueueMusic(
            customer=office.cast.bixen, queue=office.queue, name="vores.wav", seconds=2, wav=b"RIFF"
        )
        row.save()
        assert QueueMusic.objects.visible_to(actor).exists()
    for person in (office.cast.mette, office.cast.freja):
        assert browser(person).post(path, {"file": wav("deres.wav")}).status_code == 404
    with tenant(office.cast.freja.actor) as actor:
        assert not QueueMusic.objects.visible_to(actor).exists()
    assert [one.name for one in kept(office)] == ["vores.wav"]
