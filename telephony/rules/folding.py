"""Fold names for a search, so that each is found in any of its spellings: Søren by soren, Åge by aage or age."""

from __future__ import annotations

#: One letter for one letter, small and large; databases of some locales do not make æ of Æ.
LETTERS = (
    "åäæáàâãÅÄÆÁÀÂÃøöóòôõØÖÓÒÔÕéèêëÉÈÊËüúùûÜÚÙÛíìîïÍÌÎÏýÿÝñÑçÇðÐ",
    "aaaaaaaaaaaaaaooooooooooooeeeeeeeeuuuuuuuuiiiiiiiiyyynnccdd",
)
#: Two letters that stand for one of those, in this order.
PAIRS = (("aa", "a"), ("ae", "a"), ("oe", "o"), ("ue", "u"))
_LETTERS = str.maketrans(*LETTERS)


def fold(text: str) -> str:
    """Return text as it is compared with what `telephony.selectors.folding.Folded` makes of a column."""
    plain = text.lower().translate(_LETTERS)
    for pair, letter in PAIRS:
        plain = plain.replace(pair, letter)
    return plain
