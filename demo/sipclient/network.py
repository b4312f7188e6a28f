"""Play the public network behind a trunk: every call that leaves is answered, 112 and 114 too.

Usage: `python -m demo.sipclient.network ADDRESS PORT SWITCH SWITCH_PORT`. It is a stand-in, and the demo says so.
"""

from __future__ import annotations

import signal
import sys
import threading

from demo.sipclient.client import Account
from demo.sipclient.connection import Datagrams
from demo.sipclient.phone import SipPhone

ANSWERS_AFTER = 2.0


def main(address: str, port: str, switch: str, switch_port: str) -> None:
    """Answer until told to end."""
    ended = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: ended.set())
    link = Datagrams(switch, int(switch_port), source=address, source_port=int(port))
    with SipPhone(link, Account("@demo.invalid", ""), answers_after=ANSWERS_AFTER, agent="Demo network"):
        sys.stdout.write("It listens.\n")
        sys.stdout.flush()
        ended.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
