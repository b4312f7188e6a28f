"""Keep clients signed in behind the demo page, each in a thread, known to all processes by a file."""

from __future__ import annotations

import json
import os
import secrets
import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from demo.sipclient.client import Session

LONGEST = timedelta(minutes=10)
MOST = 10  # clients at once
REFRESH = 200.0  # seconds between two registrations, which hold for 300
LOOK = 0.5  # seconds between two looks at whether somebody wants the client gone


@dataclass(frozen=True)
class Staying:
    """A client that is signed in now; `token` names it when it is to leave."""

    token: str
    address: str
    since: str
    process: int

    @property
    def began(self) -> datetime:
        return datetime.fromisoformat(self.since)


def staying(folder: Path) -> list[Staying]:
    """Return the clients that are signed in, the oldest first; those of dead processes are forgotten."""
    found = []
    for path in folder.glob("*.json"):
        try:
            one = Staying(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            continue
        if psutil.pid_exists(one.process):
            found.append(one)
        else:
            path.unlink(missing_ok=True)
    return sorted(found, key=lambda one: one.since)


def stay(session: Session, folder: Path) -> Staying:
    """Keep a session registered for ten minutes, or until `leave` is told its token."""
    folder.mkdir(parents=True, exist_ok=True)
    one = Staying(
        token=secrets.token_hex(8),
        address=session.account.address,
        since=datetime.now(UTC).isoformat(),
        process=os.getpid(),
    )
    path = folder / f"{one.token}.json"
    path.write_text(json.dumps(asdict(one)))
    threading.Thread(target=_hold, args=(session, path), daemon=True).start()
    return one


def leave(token: str, folder: Path) -> bool:
    """Sign a client out, whichever process holds it; return whether there was one."""
    path = folder / f"{token}.json"
    if not token.isalnum() or not path.exists():
        return False
    path.unlink(missing_ok=True)
    return True


def _hold(session: Session, path: Path) -> None:
    end = datetime.now(UTC) + LONGEST
    quiet, waited = threading.Event(), 0.0
    try:
        while path.exists() and datetime.now(UTC) < end:
            quiet.wait(LOOK)
            waited += LOOK
            if waited >= REFRESH:
                waited = 0.0
                if session.register().status != 200:
                    return
    except Exception:
        # The server has gone, and the registration with it: there is nobody to tell.
        session.close()
    finally:
        session.sign_out()
        path.unlink(missing_ok=True)
