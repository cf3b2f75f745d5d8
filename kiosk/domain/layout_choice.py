"""Which layout a badge gets: by its registration type, and by the labels that are loaded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kiosk.domain.badge import Badge
from kiosk.domain.layout import Layout, same_word
from kiosk.domain.printer_words import media_words
from kiosk.domain.printers import Media
from kiosk.errors import BadInput
from kiosk.i18n import _

MAX_TYPES = 200


@dataclass(frozen=True, slots=True)
class KeptLayout:
    """A layout with the name under which it is kept."""

    id: str
    layout: Layout
    shipped: bool = False
    """Comes with the program: it can be copied, not changed."""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.layout.name


@dataclass(frozen=True, slots=True)
class LayoutRules:
    """Which layout for which registration type, by their ids. A layout that is gone counts for nothing."""

    default: str = ""
    by_type: Mapping[str, str] = field(default_factory=dict)

    def preferred(self, registration_type: str) -> list[str]:
        """The ids to try for a badge of this type, the best first."""
        wanted = same_word(registration_type)
        own = next((layout for name, layout in self.by_type.items() if same_word(name) == wanted), "")
        return [layout for layout in (own, self.default) if layout]

    def without(self, layout_id: str) -> LayoutRules:
        """The rules once this layout is gone."""
        by_type = {name: layout for name, layout in self.by_type.items() if layout != layout_id}
        return LayoutRules("" if self.default == layout_id else self.default, by_type)


def write_rules(rules: LayoutRules) -> bytes:
    """The rules as they are kept."""
    return json.dumps({"default": rules.default, "by_type": dict(rules.by_type)}, ensure_ascii=False).encode()


def read_rules(data: bytes) -> LayoutRules:
    """Read `write_rules` back. Raises ValueError."""
    content = json.loads(data)
    try:
        default, by_type = content["default"], content["by_type"]
        if not all(isinstance(text, str) for text in (default, *by_type, *by_type.values())):
            raise ValueError("layout rules hold texts only")
        return LayoutRules(default, dict(by_type))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not layout rules: {error}") from error


def choose(
    kept: Sequence[KeptLayout], rules: LayoutRules, badge: Badge, media: Media | None = None, turned: bool = False
) -> Layout:
    """The layout for this badge on these labels: its type's, else the usual one, else any that has their size.

    Without `media` every size can be printed. `turned` says that the printer turns pages by a quarter.
    Raises BadInput when no layout fits the labels.
    """
    ordered = _ordered(kept, rules.preferred(badge.type))
    if media is None:
        return ordered[0]
    fitting = (layout for layout in ordered if (layout.fits_turned(media) if turned else layout.fits(media)))
    found = next(fitting, None)
    if found is None:
        raise _nothing_fits(ordered, media, turned)
    return found


def _ordered(kept: Sequence[KeptLayout], preferred: Sequence[str]) -> list[Layout]:
    by_id = {each.id: each for each in kept}
    first = [by_id[name] for name in preferred if name in by_id]
    return [each.layout for each in (*first, *kept)]


def _nothing_fits(layouts: Iterable[Layout], media: Media, turned: bool) -> BadInput:
    if any(layout.fits(media) if turned else layout.fits_turned(media) for layout in layouts):
        words = _("The layout lies across labels of {size}. In the printer's settings, turn pages by 90°.")
        if turned:
            words = _("The layout lies along labels of {size}. In the printer's settings, do not turn pages.")
    else:
        words = _("No badge layout fits labels of {size}. Make one of this size under Badge layouts.")
    return BadInput(words.format(size=media_words(media)))
