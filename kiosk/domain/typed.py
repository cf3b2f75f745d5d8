"""What people type into a field, as it is kept."""

from __future__ import annotations


def one_line(text: str, longest: int | None = None) -> str:
    """The text on one line, cut to so many characters: white space made one space, what cannot be seen left out."""
    visible = "".join(letter for letter in text if letter.isprintable() or letter.isspace())
    return " ".join(visible.split())[:longest].rstrip()
