"""Make a font small enough to come along: the characters that are wanted, without hints and features of layout."""

import io
import zlib
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

# Names, licence and where it comes from stay with the font, as its licence asks.
KEPT_NAMES = [0, 1, 2, 3, 4, 5, 6, 13, 14]
MARKS = [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x2060), *range(0x2190, 0x2200),
         *range(0x2460, 0x2500), *range(0x25A0, 0x2660), *range(0x3000, 0x3040), *range(0xFF00, 0xFFEF)]  # fmt: skip


def slim(source: Path, repertoire: str) -> bytes:
    """Return a TrueType font, deflated, with `all` its characters, or those of `gb2312` and common marks."""
    font = TTFont(source, recalcTimestamp=False)
    if repertoire == "all":
        wanted = list(font.getBestCmap())
    elif repertoire == "gb2312":
        wanted = [*MARKS, *(ord(character) for character in gb2312())]
    else:
        raise ValueError(f"{repertoire} is no repertoire of characters")
    options = subset.Options()
    options.hinting, options.layout_features, options.glyph_names = False, [], False
    options.notdef_outline, options.name_IDs, options.recalc_timestamp = True, KEPT_NAMES, False
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    written = io.BytesIO()
    font.save(written)
    return zlib.compress(written.getvalue(), 9)


def gb2312() -> set[str]:
    """Return the characters of GB/T 2312."""
    pairs = (bytes([first, second]) for first in range(0xA1, 0xF8) for second in range(0xA1, 0xFF))
    return {character for pair in pairs if (character := pair.decode("gb2312", "ignore"))}
