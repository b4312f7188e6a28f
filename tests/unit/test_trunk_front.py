"""What HAProxy is told of trunks with TLS: nothing of it can end a line or a name."""

from __future__ import annotations

import pytest

from telephony.rules.trunk_front import Line, written

PLACE = {"head": "head $mark\n", "directory": "/run/trunks", "address": "127.0.0.1", "port": 20000}


def test_a_trunk_is_checked_by_name_and_authority_at_a_port_of_its_own() -> None:
    told = written((Line(7, "sip.nordnet.dk"), Line(3, "192.0.2.7:5071", "sip.x.dk", "PEM\n")), **PLACE)
    assert told.text.startswith(f"head {told.mark}\n")
    first, second = told.text.split("listen ")[1:]
    assert "bind 127.0.0.1:20003\n" in first
    (name,) = told.files
    assert (
        "192.0.2.7:5071 ssl verify required verifyhost sip.x.dk sni str(sip.x.dk)"
        f" ca-file /run/trunks/{name} " in first
    )
    assert "resolvers" not in first
    assert "sip.nordnet.dk:5061 ssl" in second
    assert "verifyhost sip.nordnet.dk sni str(sip.nordnet.dk) ca-file @system-ca" in second
    assert "resolvers system" in second


def test_the_mark_changes_with_whatever_is_told() -> None:
    marks = [
        written(lines, **PLACE).mark
        for lines in ((), (Line(1, "a.dk"),), (Line(1, "a.dk", "b.dk"),), (Line(1, "a.dk", "", "PEM"),))
    ]
    assert len(set(marks)) == len(marks)
    assert written((Line(1, "a.dk"),), **PLACE).mark == marks[1]


@pytest.mark.parametrize(
    "line",
    [
        Line(1, "a.dk\nglobal"),
        Line(1, "a.dk", "b.dk verify none"),
        Line(1, "a.dk", "b\n"),
        Line(1, "a.dk:70000"),
        Line(1, "a.dk:0"),
        Line(1, "..a.dk"),
    ],
)
def test_nothing_but_a_name_and_a_port_stand_there(line: Line) -> None:
    with pytest.raises(ValueError, match=r"a\.dk"):
        written((line,), **PLACE)
