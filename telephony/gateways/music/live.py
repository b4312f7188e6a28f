"""A folder that the media relay reads."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from myfone.kernel.gateways import GatewayError
from telephony.gateways.music import NAME


class FolderShelf:
    """Files NAME.wav in a folder."""

    label = "Music folder"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> set[str]:
        try:
            files = [Path(name) for name in os.listdir(self.folder)]
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise _away(error) from error
        return {file.stem for file in files if file.suffix == ".wav" and NAME.fullmatch(file.stem)}

    def put(self, name: str, wav: bytes) -> None:
        unfinished = self._path(name).with_suffix(".part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(wav)
            # The relay has an account of its own.
            unfinished.chmod(0o644)
            unfinished.replace(self._path(name))
        except OSError as error:
            raise _away(error) from error

    def drop(self, name: str) -> None:
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise _away(error) from error

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueError(name)
        return self.folder / f"{name}.wav"


def _away(error: OSError) -> GatewayError:
    return GatewayError(f"The music folder cannot be used: {type(error).__name__}")


def gateway() -> FolderShelf:
    """Return the folder that the settings name."""
    return FolderShelf(Path(settings.ENVIRONMENT.music_directory))
