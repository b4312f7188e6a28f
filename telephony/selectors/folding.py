"""Look for words in names, whatever spelling of Danish and Swedish letters either has."""

from __future__ import annotations

from django.db.models import CharField, F, Func, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower, Replace
from django.db.models.lookups import Contains

from telephony.rules.folding import LETTERS, PAIRS, fold


def folded(field: str) -> Func:
    """Return a text column as `rules.folding.fold` makes it."""
    plain: Func = Func(Lower(F(field)), *map(Value, LETTERS), function="translate", output_field=CharField())
    for pair, letter in PAIRS:
        plain = Replace(plain, Value(pair), Value(letter))
    return plain


def named(field: str, word: str) -> Q:
    """Return the condition that a word is a part of a column, as typed or in another spelling."""
    expression: Combinable = folded(field)
    # As typed too: a word may begin or end within what folding makes one letter of.
    return Q(**{f"{field}__icontains": word}) | Q(Contains(expression, fold(word)))
