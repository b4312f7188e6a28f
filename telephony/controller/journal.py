"""Keep on disk which calls are up, so that whoever starts after a crash can go on with them, or end them."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sippy.MsgBody import MsgBody
from sippy.SipAddress import SipAddress
from sippy.SipCallId import SipCallId
from sippy.SipFrom import SipFrom
from sippy.SipRoute import SipRoute
from sippy.SipTo import SipTo
from sippy.SipURL import SipURL

from telephony.controller.calls import Call
from telephony.controller.legs import Leg
from telephony.controller.media import Room

if TYPE_CHECKING:
    from telephony.controller.engine import Engine

log = logging.getLogger("controller")
SKIPPED = 1000  # numbers of requests (CSeq) that the dead one may have used beyond what is written


class Journal:
    """Lines of JSON, one for each change; read once, at the start, and begun anew then."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept: set[int] = set()
        self._file: Any = None

    def read(self) -> list[dict[str, Any]]:
        """Return the calls that were up when the one before ended, and begin anew."""
        calls: dict[int, dict[str, Any]] = {}
        if self.path.exists():
            for line in self.path.read_text().splitlines():
                try:
                    told = json.loads(line)
                except ValueError:
                    # The last line may have been cut off.
                    continue
                if told.get("over"):
                    calls.pop(told["id"], None)
                else:
                    calls[told["id"]] = told
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._file = os.fdopen(descriptor, "w", buffering=1)
        fresh.replace(self.path)
        return list(calls.values())

    def keep(self, call: Call) -> None:
        """Write down how a call stands now."""
        if self._file is None or len(call.legs()) < 2:
            return
        self._kept.add(id(call))
        sides = {side: written(leg) for side, leg in call.sides.items() if leg is not None}
        told = {
            "id": id(call),
            "key": call.key,
            "room": call.room.name if call.room.relays else "",
            "orphan": call.is_orphan,
            "sides": sides,
        }
        self._file.write(json.dumps(told) + "\n")

    def forget(self, call: Call) -> None:
        if id(call) in self._kept:
            self._kept.discard(id(call))
            self._file.write(json.dumps({"id": id(call), "over": True}) + "\n")


def written(leg: Leg) -> dict[str, Any]:
    """Return a leg's dialog as texts."""
    dialog = leg.dialog
    return {
        "name": leg.name,
        "customer": leg.customer,
        "own": leg.is_own,
        "known_as": leg.known_as,
        "shown": leg.shown,
        "number": leg.number,
        "host": leg.host,
        "call_id": str(dialog.cId),
        "local": str(dialog.lUri),
        "remote": str(dialog.rUri),
        "tag": dialog.lTag,
        "target": str(dialog.rTarget),
        "routes": [str(route) for route in dialog.routes],
        "sequence": dialog.lCSeq,
        "ours": str(dialog.lSDP or ""),
        "sdp": leg.sdp,
    }


def taken_over(engine: Engine, told: dict[str, Any]) -> Call:
    """Return a call as it was written down, with dialogs that go on."""
    call = Call(engine)
    call.is_up = True
    call.is_orphan = bool(told["orphan"])
    call.room = Room(engine.media, told["room"])
    call.room.relays = bool(told["room"])
    for side, lines in told["sides"].items():
        call.seats(side, _leg(engine, lines))
    call.known_as((told["key"][0], told["key"][1]))
    return call


def _leg(engine: Engine, lines: dict[str, Any]) -> Leg:
    leg = Leg(engine)
    leg.name, leg.customer, leg.is_own = lines["name"], lines["customer"], lines["own"]
    leg.shown, leg.number, leg.host = lines["shown"], lines["number"], lines["host"]
    call_id, tag = lines.get("known_as", ("", ""))
    leg.known_as = (call_id, tag)
    leg.sdp, leg.is_up = lines["sdp"], True
    dialog = leg.dialog
    dialog.cId = SipCallId(body=lines["call_id"])
    dialog.lTag = lines["tag"]
    dialog.lUri = SipFrom(address=SipAddress(lines["local"]))
    dialog.rUri = SipTo(address=SipAddress(lines["remote"]))
    dialog.rTarget = SipURL(lines["target"])
    dialog.routes = [SipRoute(address=SipAddress(route)) for route in lines["routes"]]
    dialog.rAddr = dialog.routes[0].getUrl().getTAddr() if dialog.routes else (engine.edge, "udp")
    dialog.lCSeq = lines["sequence"] + SKIPPED
    dialog.lSDP, dialog.rSDP = MsgBody(lines["ours"]), MsgBody(lines["sdp"])
    dialog.lContact.getUrl().username = dialog.lUri.getUrl().username
    dialog.origin = "callee"
    dialog.state = dialog.UaStateConnected(dialog)
    engine.config["_sip_tm"].regConsumer(dialog, lines["call_id"])
    return leg
