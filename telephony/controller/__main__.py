"""Run the call controller: `python -m telephony.controller`, with the settings of /etc/myfone/controller.

CONTROLLER_LISTEN (address:port), CONTROLLER_EDGE (the switch), CONTROLLER_SECRET, CONTROLLER_SOCKET, CONTROLLER_STATE
(a directory), CONTROLLER_MEDIA (rtpengine's ng, or nothing).
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from telephony.controller import sounds
from telephony.controller.desk import Desk, listen
from telephony.controller.engine import Engine, Places


def place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    needed = ("LISTEN", "EDGE", "SECRET", "SOCKET", "STATE")
    missing = [f"CONTROLLER_{name}" for name in needed if not os.environ.get(f"CONTROLLER_{name}")]
    if missing:
        sys.exit(f"Not set: {', '.join(missing)}")
    given = {name: os.environ[f"CONTROLLER_{name}"] for name in needed}
    media = os.environ.get("CONTROLLER_MEDIA", "")
    state = Path(given["STATE"]).absolute()
    sounds.make(state / "sounds")
    places = Places(place(given["LISTEN"]), place(given["EDGE"]), place(media) if media else None, state)
    engine = Engine(places, given["SECRET"])
    engine.start()
    listen(Desk(engine), Path(given["SOCKET"]))
    logging.getLogger("controller").info("The call controller listens at %s", given["LISTEN"])
    engine.loop()


if __name__ == "__main__":
    main()
