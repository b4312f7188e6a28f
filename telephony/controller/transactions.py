"""End the calls of phones that answered a call which another had answered already, or that nobody knows any more."""

from __future__ import annotations

import re
import time
from typing import Any

from sippy.SipHeader import SipHeader
from sippy.SipRequest import SipRequest
from sippy.SipResponse import SipResponse
from sippy.SipTransactionManager import SipTransactionManager
from sippy.Time.Timeout import Timeout

from telephony.controller.tickets import HEADER, Ticket

TAKEN = re.compile(rb"^SIP/2\.0 2\d\d .*^CSeq: *\d+ +INVITE", re.DOTALL | re.IGNORECASE | re.MULTILINE)
REPEATS = 40.0  # seconds, for longer than which nobody repeats an answer (RFC 3261, 64*T1)
RINGS = 900.0  # seconds, for longer than which nothing rings; all that is answered later is ours


class Transactions(SipTransactionManager):
    """Transactions of sippy, in which each answer to a call beyond the first is acknowledged and hung up.

    Several phones that ring together can be answered before each is told of the other (RFC 3261, 13.2.2.4); sippy
    knows of the first alone, and the others would be in a call with nobody. So would whoever answers what a controller
    rang that was killed since, and repeats it to the next one (RFC 3261, 13.3.1.4).
    """

    def __init__(self, *arguments: Any, secret: str) -> None:
        self._answered: dict[Any, str] = {}  # by transaction: the tag of who was first
        self._secret = secret
        self._began = time.monotonic()
        super().__init__(*arguments)

    def incomingResponse(self, response: Any, transaction: Any, checksum: bytes) -> None:
        """Remember who has answered."""
        if transaction.needack and 200 <= response.getSCode()[0] < 300:
            self._takes(transaction.tid, response)
        super().incomingResponse(response, transaction, checksum)

    def handleIncoming(self, data: Any, source: Any, server: Any, at: Any) -> None:
        """Hang up who has answered too late; all else is sippy's."""
        looks = self._answered or time.monotonic() - self._began < RINGS
        if looks and isinstance(data, bytes) and TAKEN.match(data) and self._is_late(data):
            return
        super().handleIncoming(data, source, server, at)

    def _takes(self, transaction: Any, response: Any) -> None:
        self._answered.setdefault(transaction, response.getHFBody("to").getTag())
        Timeout(self._answered.pop, REPEATS, 1, transaction, None)

    def _is_late(self, data: bytes) -> bool:
        try:
            response = SipResponse(data.decode())
            transaction = response.getTId(True, True)
            first = self._answered.get(transaction)
            if first == response.getHFBody("to").getTag():
                return False
            # A call that is up is known by its Call-ID, also if another controller had set it up.
            if first is None and (
                transaction in self.tclient or str(response.getHFBody("call-id")) in self.req_consumers
            ):
                return False
            number = response.getHFBody("cseq").getCSeqNum()
            acknowledged = within(response, "ACK", number)
            address, _ = acknowledged.getTarget()
            self.transmitMsg(self.l4r.getServer(address), acknowledged, address, None)
            leaves = within(response, "BYE", number + 1)
            if first is None:
                self._takes(transaction, response)
                # What the switch knows of the call is not over with it.
                call_id = str(response.getHFBody("call-id"))
                ticket = Ticket(kind="on").sealed(call_id, self._secret)
                leaves.appendHeader(SipHeader(s=f"{HEADER}: {ticket}"))
            self.newTransaction(leaves)
        except Exception:
            # What sippy cannot read it says itself.
            return False
        return True


def within(response: Any, method: str, number: int) -> SipRequest:
    """Return a request in the call that a phone's answer has made."""
    routes = [route.getCopy() for route in reversed(response.getHFBodys("record-route"))]
    return SipRequest(
        method=method,
        ruri=response.getHFBody("contact").getUrl().getCopy(),
        fr0m=response.getHFBCopy("from"),
        to=response.getHFBCopy("to"),
        callid=response.getHFBCopy("call-id"),
        cseq=number,
        routes=routes,
        target=routes[0].getTAddr() if routes else None,
    )
