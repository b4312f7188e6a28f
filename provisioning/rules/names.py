"""Domain names as DNS compares them: label by label, without regard to case (RFC 4343)."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_LABEL = 63
LONGEST_NAME = 255


class BadName(ValueError):
    """The text is not a name that DNS can carry."""


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """An absolute domain name: lower-case labels, leftmost first; the root is the empty tuple."""

    labels: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, origin: Name | None = None) -> Name:
        r"""Read a name in zone-file notation (RFC 1035 section 5.1, with \. and \ddd).

        With an origin, a name without a final dot is relative to it, and `@` is the origin itself.
        Without one, every name is absolute. Raises BadName.
        """
        if text == "@" and origin is not None:
            return origin
        if text in ("", "."):
            return cls(())
        labels, rooted = _split(text)
        if origin is not None and not rooted:
            labels += origin.labels
        if any(not label or len(label) > LONGEST_LABEL for label in labels):
            raise BadName(text)
        if sum(len(label) + 1 for label in labels) + 1 > LONGEST_NAME:
            raise BadName(text)
        return cls(labels)

    def __str__(self) -> str:
        """Return the name without its final dot, as people write it; the root is a dot."""
        return ".".join(_escaped(label) for label in self.labels) or "."

    @property
    def absolute(self) -> str:
        """Return the name with its final dot, as zone files want it."""
        return f"{self}." if self.labels else "."

    def under(self, *labels: str) -> Name:
        """Return the name that has these labels in front of this one."""
        return Name(tuple(label.lower() for label in labels) + self.labels)

    def within(self, other: Name) -> bool:
        """Tell whether this name equals the other or lies below it."""
        depth = len(other.labels)
        return depth <= len(self.labels) and self.labels[len(self.labels) - depth :] == other.labels

    def followed_by(self, other: Name) -> Name:
        """Return both names run together: what a panel makes of a target without its final dot."""
        return Name(self.labels + other.labels)


def _split(text: str) -> tuple[tuple[str, ...], bool]:
    labels: list[str] = []
    label = ""
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\" and text[at + 1 : at + 4].isdigit() and len(text) >= at + 4:
            label += chr(int(text[at + 1 : at + 4]))
            at += 4
        elif char == "\\" and at + 1 < len(text):
            label += text[at + 1]
            at += 2
        elif char == ".":
            labels.append(label.lower())
            label = ""
            at += 1
        else:
            label += char
            at += 1
    if label:
        labels.append(label.lower())
    return tuple(labels), not label


def _escaped(label: str) -> str:
    return "".join(
        f"\\{char}" if char in '.\\"();@$' else char if "!" <= char <= "~" else f"\\{ord(char):03d}"
        for char in label
    )
