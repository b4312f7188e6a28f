"""What the call controller cannot read is named in its log, and not written out."""

from __future__ import annotations

import logging

import pytest
from sippy.Network_server import Remote_address
from sippy.Time.MonoTime import MonoTime

from telephony.controller.engine import Engine, Places
from telephony.controller.transactions import Transactions

SECRET = "c2VjcmV0LXByb29m"
HEAD = (
    f"Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1\r\nX-Myfone-Call: k=call;proof={SECRET}\r\n\r\n{SECRET}"
)


@pytest.fixture
def transactions(tmp_path_factory: pytest.TempPathFactory) -> Transactions:
    places = Places(("127.0.0.1", 0), ("127.0.0.1", 5060), None, tmp_path_factory.mktemp("state"))
    engine = Engine(places, "secret")
    made = Transactions.__new__(Transactions)
    made.__dict__.update(
        global_config=engine.config,
        l1rcache={},
        l2rcache={},
        req_consumers={},
        tclient={},
        tserver={},
        nat_traversal=False,
        _answered={},
        _began=0.0,
        _secret="secret",
    )
    return made


@pytest.mark.parametrize(
    "start",
    ["INVITE sip:203@it-bixen.dk SIP/2.0", "SIP/2.0 200 OK", "SIP/2.0 42 Odd", "SIP/2.0 x", "BYE nowhere"],
)
def test_a_message_that_cannot_be_read_is_named_in_a_line(
    transactions: Transactions,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    start: str,
) -> None:
    caplog.set_level(logging.INFO)
    source = Remote_address(("127.0.0.1", 5060), "udp")
    transactions.handleIncoming(f"{start}\r\n{HEAD}".encode(), source, None, MonoTime())
    told = caplog.text + "".join(capsys.readouterr())
    assert told.count("\n") == 1
    assert "127.0.0.1" in told
    assert SECRET not in told
