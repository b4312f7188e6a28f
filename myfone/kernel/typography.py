"""Marks that texts are set with."""

# Between two parts of a line. It stays with what precedes it: a line never begins with it.
DOT = "\N{NO-BREAK SPACE}· "
