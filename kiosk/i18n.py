"""Words for people in their language: one gettext catalogue for window, shell and badge.

`_` is looked up at call time, so a language chosen after import is honoured. English is the source language and needs
no catalogue.
"""

from __future__ import annotations

import gettext
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"

_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def use_language(code: str) -> None:
    """Speak this language from now on (`en`, `es`…); an unknown one falls back to English."""
    global _catalogue  # noqa: PLW0603  (the one language of the process)
    _catalogue = gettext.translation("kiosk", localedir=LOCALES, languages=[code], fallback=True)


def _(message: str) -> str:
    """The message in the chosen language."""
    return _catalogue.gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """The message in the chosen language, in the form that fits the number."""
    return _catalogue.ngettext(singular, plural, number)
