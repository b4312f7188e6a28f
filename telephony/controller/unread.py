"""Say in a line what sippy cannot read or do: it would write whole messages out, with what they carry in secret."""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from typing import Any

from sippy import Network_server, SipTransactionManager, Udp_server
from sippy.Core import EventDispatcher

log = logging.getLogger("controller")


def briefly(what: str, f: Any = None, extra: object = None) -> None:
    """Log what has failed, the kind of error, and where; no message, and nothing that the error says of it."""
    kind, _, trace = sys.exc_info()
    frames = traceback.extract_tb(trace)
    where = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    log.warning("%s: %s%s", what, kind.__name__ if kind else "", where)


def _line(*words: object) -> None:
    """Say of what sippy prints what it is; the message itself comes alone, and is left out."""
    if len(words) > 1:
        log.warning("%s", " ".join(str(word) for word in words[1:]))


def hush() -> None:
    """Let sippy log so from now on."""
    for module in (EventDispatcher, Network_server, SipTransactionManager, Udp_server):
        module.dump_exception = briefly
    SipTransactionManager.print = _line
