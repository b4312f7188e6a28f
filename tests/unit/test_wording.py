"""What people typed stands in our mails as a name, never as a link."""

import pytest

from myfone.kernel.wording import LONGEST, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("IT-bixen ApS", "IT-bixen ApS"),
        ("Søren & Åse A/S", "Søren & Åse A/S"),
        ("Booking.com A/S", "Booking. com A/S"),
        ("A.P. Møller", "A. P. Møller"),
        ("Win at https://evil.example/x?y now", "Win at evil. example/x?y now"),
        ("javascript:alert(1)", "alert(1)"),
        ("www.evil.example", "evil. example"),
        ("call me\r\nBcc: x@evil.example", "call me x evil. example"),
        ("one\u2028two\u200bthree\x00", "one two three"),
        ("mail@evil.example", "mail evil. example"),
    ],
)
def test_links_and_lines_are_taken_apart(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_long_texts_are_cut() -> None:
    assert len(plain("x" * 500)) == LONGEST
    assert plain("x" * 500).endswith("…")
