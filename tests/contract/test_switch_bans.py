"""Whom the switch shuts out: not whoever never saw its challenge, for such a packet may bear anybody's address."""

from __future__ import annotations

import hashlib

import pytest

from demo.sipclient import Account, Session, sign_in
from demo.sipclient.connection import Datagrams
from demo.sipclient.digest import parse_challenge
from stack.kamailio import Kamailio
from tests.contract.switching import BAN_AFTER, SOURCE_BAN_AFTER, Linked, Via

NO_DIGEST = "0" * 32  # deploy/kamailio.cfg
FORGED = "Zc5Vt2XOVEsAAAAAforgedforgedforgedforged"


def forged(user: str, username: str | None = None) -> tuple[Account, str]:
    """Return an account and credentials that answer a challenge which the switch never gave."""
    credentials = (
        f'Digest username="{username or user}", realm="it-bixen.dk", nonce="{FORGED}",'
        f' uri="sip:it-bixen.dk", response="{"0" * 32}"'
    )
    return Account(f"{user}@it-bixen.dk", "x"), credentials


@pytest.mark.parametrize(("user", "username"), [("mette", None), ("nobody", None), ("mette", "somebodyelse")])
def test_a_packet_that_answers_no_challenge_of_ours_shuts_nobody_out(
    mette: Linked, switch: Kamailio, udp: Via, source: str, user: str, username: str | None
) -> None:
    account, credentials = forged(user, username)
    link = Datagrams(switch.address, switch.port, source=source)
    session = Session(account, link, [], agent="Forger/1")
    answers = [
        session._ask("REGISTER", "sip:it-bixen.dk", 300, credentials).status
        for _ in range(max(BAN_AFTER, SOURCE_BAN_AFTER) + 1)
    ]
    session.close()
    assert answers == [401] * len(answers)
    assert mette.refusals() == []
    sign_in(mette.account, via=udp).sign_out()


def test_the_digest_that_stands_in_for_an_unknown_user_opens_nothing(mette: Linked, udp: Via) -> None:
    link = udp()
    session = Session(Account("nobody@it-bixen.dk", "x"), link, [], agent="Forger/2")
    challenge = parse_challenge(
        session._ask("REGISTER", "sip:it-bixen.dk", 300, "").first("www-authenticate")
    )
    ha2 = md5("REGISTER:sip:it-bixen.dk")
    credentials = (
        f'Digest username="nobody", realm="it-bixen.dk", nonce="{challenge.nonce}",'
        f' uri="sip:it-bixen.dk", response="{md5(f"{NO_DIGEST}:{challenge.nonce}:{ha2}")}"'
    )
    answer = session._ask("REGISTER", "sip:it-bixen.dk", 300, credentials)
    session.close()
    assert answer.status == 401


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
