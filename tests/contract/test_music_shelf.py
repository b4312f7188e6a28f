"""Whoever keeps music for the media relay keeps one contract: the stand-in, and the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from myfone.kernel.gateways import GatewayError
from telephony.gateways.music import MusicShelf
from telephony.gateways.music.fake import FakeShelf
from telephony.gateways.music.live import FolderShelf

NAME = "0b6c8a4e-3a8f-4c55-9a53-1f0f6b8f7d11"


@pytest.fixture(params=["fake", "live"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> MusicShelf:
    return FakeShelf() if request.param == "fake" else FolderShelf(tmp_path / "music")


def test_music_is_kept_by_name_and_forgotten(shelf: MusicShelf) -> None:
    assert shelf.names() == set()
    for _ in range(2):
        shelf.put(NAME, b"RIFF")
        assert shelf.names() == {NAME}
    for _ in range(2):
        shelf.drop(NAME)
        assert shelf.names() == set()


@pytest.mark.parametrize("name", ["ours", "../etc/passwd", ""])
def test_nothing_else_is_touched(shelf: MusicShelf, name: str) -> None:
    with pytest.raises(ValueError, match=name or "^$"):
        shelf.put(name, b"")
    with pytest.raises(ValueError, match=name or "^$"):
        shelf.drop(name)


def test_what_stands_beside_it_is_not_seen_and_a_lost_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "ours.wav").touch()
    assert FolderShelf(tmp_path).names() == set()
    (tmp_path / "file").touch()
    with pytest.raises(GatewayError):
        FolderShelf(tmp_path / "file").put(NAME, b"")
    with pytest.raises(GatewayError):
        FolderShelf(tmp_path / "file").names()
