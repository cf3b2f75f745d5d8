"""Makes the fonts in `assets/fonts` that badges are drawn with, from the fonts' own releases.

Put these files into one folder (all are under the SIL Open Font License 1.1) and name it:

    AtkinsonHyperlegibleNext_700Bold.ttf  AtkinsonHyperlegibleNext_500Medium.ttf
    NotoSans-Bold.ttf  NotoSans<Script>-Bold.ttf (for each of SCRIPTS)  NotoSansCJK-Bold.ttc  NotoEmoji_700Bold.ttf

    python tools/make_badge_fonts.py FOLDER assets/fonts          needs fonttools

Each font gets a family name of its own, `Kiosk Badge …`: a font of the same name on the computer can then never take
its place, and the licence wants changed fonts renamed where a name is reserved. Hints go (badges are drawn from
outlines), and of Chinese, Japanese and Korean what the common national character sets hold stays.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

SCRIPTS = (
    "Arabic Armenian Bengali CanadianAboriginal Cherokee Devanagari Ethiopic Georgian Gujarati Gurmukhi Hebrew Kannada "
    "Khmer Lao Malayalam Myanmar Sinhala Tamil Telugu Thai"
).split()
_FEATURES = (
    "ccmp locl mark mkmk kern liga rlig calt clig init medi fina isol nukt akhn rphf rkrf pref blwf abvf half pstf "
    "vatu cjct cfar pres abvs blws psts haln dist abvm blwm ljmo vjmo tjmo"
).split()
"""What letters need to join and stack; small capitals, figures and the like go."""

CJK_FACE = 2
"""Which face of the collection: 2 draws shared characters the way simplified Chinese does."""


def main(source: Path, target: Path) -> None:
    """Make every font; `target` is emptied of fonts first."""
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("*.[to]tf"):
        old.unlink()
    notices = [
        shrink(TTFont(source / "AtkinsonHyperlegibleNext_700Bold.ttf"), target / "latin-bold.ttf", "Latin Bold"),
        shrink(TTFont(source / "AtkinsonHyperlegibleNext_500Medium.ttf"), target / "latin-text.ttf", "Latin Text"),
        shrink(TTFont(source / "NotoSans-Bold.ttf"), target / "european.ttf", "European"),
        *(
            shrink(TTFont(source / f"NotoSans{script}-Bold.ttf"), target / f"{script.lower()}.ttf", script)
            for script in SCRIPTS
        ),
        shrink(TTCollection(source / "NotoSansCJK-Bold.ttc").fonts[CJK_FACE], target / "cjk.otf", "CJK", east_asian()),
        shrink(TTFont(source / "NotoEmoji_700Bold.ttf"), target / "emoji.ttf", "Emoji"),
    ]
    print("\n".join(sorted(set(notices))))


def shrink(font: TTFont, path: Path, part: str, keep: Iterable[int] | None = None) -> str:
    """Write the font with these characters (all where None) under its new name; the copyright notice it came with."""
    options = Options()
    options.hinting = False
    options.layout_features = _FEATURES
    if keep is not None:
        options.layout_features = ["ccmp", "mark", "mkmk"]
    options.name_IDs = [0, 13, 14]
    options.notdef_outline = True
    options.recalc_bounds = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=font.getBestCmap() if keep is None else keep)
    notice = font["name"].getDebugName(0)
    subsetter.subset(font)
    rename(font, f"Kiosk Badge {part}")
    font.recalcTimestamp = False  # the same sources give the same bytes
    font.save(path)
    return f"{path.name}: {notice}"


def rename(font: TTFont, family: str) -> None:
    """Give the font this family, upright and of normal weight, so that asking for the family alone finds it."""
    names = font["name"]
    plain = family.replace(" ", "")
    for name_id, text in ((1, family), (2, "Regular"), (3, plain), (4, family), (5, "Version 1.0"), (6, plain)):
        names.setName(text, name_id, 3, 1, 0x409)
    font["OS/2"].usWeightClass = 400
    font["OS/2"].fsSelection = (font["OS/2"].fsSelection & ~0b100001) | 0b1000000
    font["head"].macStyle = 0
    if "CFF " in font:
        cff = font["CFF "].cff
        cff.fontNames = [plain]
        cff.topDictIndex[0].FullName = cff.topDictIndex[0].FamilyName = family


def east_asian() -> set[int]:
    """GB 2312, the frequent half of Big5, JIS X 0208's first level with both kana, and the syllables of KS X 1001."""
    kept = {*range(0x3000, 0x3100), *range(0xFF01, 0xFFA0), 0x00B7}
    kept |= decoded("gb2312", range(0xB0, 0xF8), range(0xA1, 0xFF))
    kept |= decoded("big5", range(0xA4, 0xC7), (*range(0x40, 0x7F), *range(0xA1, 0xFF)))
    kept |= decoded("euc_jp", range(0xB0, 0xD0), range(0xA1, 0xFF))
    kept |= decoded("euc_kr", range(0xB0, 0xC9), range(0xA1, 0xFF))
    return kept


def decoded(charset: str, leads: Iterable[int], trails: Iterable[int]) -> set[int]:
    """The characters that these two-byte codes of a national character set stand for."""
    pairs = (bytes((lead, trail)).decode(charset, "ignore") for lead in leads for trail in trails)
    return {ord(character) for character in pairs if len(character) == 1}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
