"""The guide's rule for passwords, and what is made from names and numbers (G17, G18, G19, G22)."""

import pytest

from telephony.rules.skype_account import (
    ha1,
    is_username,
    line_identity,
    normal_username,
    spellings,
    suggested_username,
)
from telephony.rules.skype_password import GENERATED_LENGTH, Condition, failures, generate, judge
from telephony.rules.strength import Strength, strength


@pytest.mark.parametrize(
    ("password", "missing"),
    [
        ("Abcdefg1", []),
        ("Abcdef1", ["length"]),
        ("A1" + "b" * 63, ["length"]),
        ("Abcdefgh", ["digit"]),
        ("ABCDEFG1", ["lower"]),
        ("abcdefg1", ["upper"]),
        ("xMette.Hansen9", ["no_username"]),
        ("xMETTE.hansen9", ["no_username"]),
        ("ｍｅｔｔｅ.ｈａｎｓｅｎA9", ["no_username"]),
        ("Password1", ["not_common"]),
        ("", ["length", "digit", "lower", "upper", "not_common"]),
    ],
)
def test_each_condition_of_the_guide_is_judged_by_itself(password: str, missing: list[str]) -> None:
    found = failures(password, username="mette.hansen@it-bixen.dk", common={"password1"})
    assert [str(condition) for condition in found] == missing


def test_every_condition_is_found_every_time_so_that_the_page_can_tick_it() -> None:
    assert [finding.condition for finding in judge("")] == list(Condition)


def test_a_name_of_two_letters_may_stand_in_a_password() -> None:
    assert failures("Fabobole1", username="bo") == ()


def test_generated_passwords_obey_the_rule_and_have_special_characters() -> None:
    made = {generate() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        assert len(password) == GENERATED_LENGTH
        assert failures(password) == ()
        assert sum(not letter.isalnum() for letter in password) > 1


@pytest.mark.parametrize("name", ["mette", "mette.hansen", "m", "m-h_2", "203x", "a" * 64])
def test_names_that_can_stand_in_an_address(name: str) -> None:
    assert is_username(name)


@pytest.mark.parametrize(
    "name",
    ["", "Mette", ".mette", "mette.", "a..b", "a b", "m@x", "søren", "a'b", "a\n", "a" * 65, "203", "2-03"],
)
def test_names_that_cannot_stand_in_an_address(name: str) -> None:
    assert not is_username(name)


def test_a_name_is_suggested_from_the_mail_address() -> None:
    assert suggested_username("Mette.Hansen@it-bixen.dk") == "mette.hansen"
    assert suggested_username("søren@it-bixen.dk") == ""
    assert normal_username("  Mette ") == "mette"


def test_the_digest_is_the_one_that_clients_compute() -> None:
    # The HA1 of RFC 7616, section 3.9.1.
    assert ha1("Mufasa", "http-auth@example.org", "Circle of Life") == "3d78807defe7de2157e2b0b6573a855f"


def test_no_two_clients_share_a_number() -> None:
    assert line_identity(12, "101") == "8212101"
    made = {
        line_identity(c, n) for c in (1, 10, 100, 1001) for n in ("1", "01", "001", "101", "1101", "0101")
    }
    assert len(made) == 24


def test_a_user_name_is_known_in_the_spellings_that_people_use() -> None:
    known = spellings("mette.hansen", "it-bixen.dk", "METTE.Hansen", "x@it-bixen.dk")
    assert {"Mette.Hansen", "Mette.hansen", "METTE.HANSEN", "METTE.Hansen"} < known
    assert {"mette.hansen@it-bixen.dk", "Mette.Hansen@It-Bixen.dk", "METTE.HANSEN@IT-BIXEN.DK"} < known
    assert not any(spelling.lower().partition("@")[0] != "mette.hansen" for spelling in known)
    assert "mette.hansen" not in known
    assert len(known) < 50


@pytest.mark.parametrize(
    ("password", "level"),
    [
        ("Abcdefg1", Strength.WEAK),
        ("Password1!", Strength.WEAK),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", Strength.WEAK),
        ("Mette-Mette-Mette-1", Strength.WEAK),
        ("Gul-Kanin", Strength.FAIR),
        ("Gul-Kanin-47", Strength.STRONG),
        ("gul kanin hest lampe 4", Strength.STRONG),
        pytest.param(generate(), Strength.STRONG, id="generated"),
    ],
)
def test_the_meter_tells_weak_from_strong(password: str, level: Strength) -> None:
    assert strength(password, username="mette", common={"password"}) is level
