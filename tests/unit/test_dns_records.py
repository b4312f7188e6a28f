"""The four records of the guide, and names as DNS compares them."""

import pytest

from provisioning.rules.names import BadName, Name
from provisioning.rules.records import required_records


def test_the_zone_file_is_the_guides_table() -> None:
    records = required_records(
        Name.parse("it-bixen.dk"),
        sip_target=Name.parse("sip.flexskype.dk"),
        lyncdiscover_target=Name.parse("lyncdiscover.flexskype.dk"),
    )

    assert records.zone_file() == (
        "sip.it-bixen.dk. 600 IN CNAME sip.flexskype.dk.\n"
        "lyncdiscover.it-bixen.dk. 600 IN CNAME lyncdiscover.flexskype.dk.\n"
        "_sip._tls.it-bixen.dk. 600 IN SRV 100 1 443 sip.it-bixen.dk.\n"
        "_sipfederationtls._tcp.it-bixen.dk. 600 IN SRV 100 1 5061 sip.it-bixen.dk.\n"
    )


@pytest.mark.parametrize(
    ("left", "right"),
    [("Sip.IT-Bixen.dk", "sip.it-bixen.dk."), ("a\\.b.dk", "A\\046B.dk"), (".", "")],
)
def test_names_are_equal_without_regard_to_case_and_notation(left: str, right: str) -> None:
    assert Name.parse(left) == Name.parse(right)


def test_a_name_is_within_another_by_labels_and_not_by_letters() -> None:
    assert Name.parse("sip.it-bixen.dk").within(Name.parse("it-bixen.dk"))
    assert not Name.parse("sip.not-it-bixen.dk").within(Name.parse("it-bixen.dk"))


def test_a_dot_inside_a_label_stays_there_when_written_out() -> None:
    assert str(Name.parse("a\\.b.dk")) == "a\\.b.dk"


@pytest.mark.parametrize("text", ["a..b", "x" * 64 + ".dk", ".dk", ".".join(["x" * 60] * 5)])
def test_what_dns_cannot_carry_is_refused(text: str) -> None:
    with pytest.raises(BadName):
        Name.parse(text)
