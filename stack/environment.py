"""Keep the settings of one run directory in a file that every Django command of the checkout reads."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path


def read(path: Path) -> dict[str, str]:
    """Return the settings of the file, empty when there is none."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def write(path: Path, values: Mapping[str, object]) -> None:
    """Write the settings, readable by their owner alone, all of them or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("# Written at each start by script/server; what is set in the shell wins.\n")
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    fresh.replace(path)


def kept_secrets(known: Mapping[str, str]) -> dict[str, str]:
    """Return this run directory's own secrets: those already known, and new ones for the rest."""
    fresh = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "SECRETS_KEYS": "1:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "MYFONE_APP_PASSWORD": secrets.token_hex(16),
        "MYFONE_MIGRATOR_PASSWORD": secrets.token_hex(16),
        "MYFONE_KAMAILIO_PASSWORD": secrets.token_hex(16),
    }
    return {name: known.get(name) or value for name, value in fresh.items()}
