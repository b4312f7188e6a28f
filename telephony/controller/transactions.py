"""End the calls of phones that answered a call which another had answered already."""

from __future__ import annotations

import re
from typing import Any

from sippy.SipRequest import SipRequest
from sippy.SipResponse import SipResponse
from sippy.SipTransactionManager import SipTransactionManager
from sippy.Time.Timeout import Timeout

TAKEN = re.compile(rb"^SIP/2\.0 2\d\d .*^CSeq: *\d+ +INVITE", re.DOTALL | re.IGNORECASE | re.MULTILINE)
REPEATS = 40.0  # seconds, for longer than which nobody repeats an answer (RFC 3261, 64*T1)


class Transactions(SipTransactionManager):
    """Transactions of sippy, in which each answer to a call beyond the first is acknowledged and hung up.

    Several phones that ring together can be answered before each is told of the other (RFC 3261, 13.2.2.4); sippy
    knows of the first alone, and the others would be in a call with nobody.
    """

    def __init__(self, *arguments: Any) -> None:
        self._answered: dict[Any, str] = {}  # by transaction: the tag of who was first
        super().__init__(*arguments)

    def incomingResponse(self, response: Any, transaction: Any, checksum: bytes) -> None:
        """Remember who has answered."""
        if transaction.needack and 200 <= response.getSCode()[0] < 300:
            self._answered.setdefault(transaction.tid, response.getHFBody("to").getTag())
            Timeout(self._answered.pop, REPEATS, 1, transaction.tid, None)
        super().incomingResponse(response, transaction, checksum)

    def handleIncoming(self, data: Any, source: Any, server: Any, at: Any) -> None:
        """Hang up who has answered too late; all else is sippy's."""
        if self._answered and isinstance(data, bytes) and TAKEN.match(data) and self._is_late(data):
            return
        super().handleIncoming(data, source, server, at)

    def _is_late(self, data: bytes) -> bool:
        try:
            response = SipResponse(data.decode())
            first = self._answered.get(response.getTId(True, True))
            if first is None or first == response.getHFBody("to").getTag():
                return False
            number = response.getHFBody("cseq").getCSeqNum()
            acknowledged = within(response, "ACK", number)
            address, _ = acknowledged.getTarget()
            self.transmitMsg(self.l4r.getServer(address), acknowledged, address, None)
            self.newTransaction(within(response, "BYE", number + 1))
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
