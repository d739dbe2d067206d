"""Makes the text of a PDF written by Qt copy as it was drawn.

Qt maps each glyph back to the lowest code point that has it: of a font in which two characters share a glyph, a space is
copied as a tab, a dash as another dash and 日 as the radical ⽇. The tables (ToUnicode CMaps, ISO 32000-1, 9.10.3) are stored
uncompressed with four hexadecimal digits per character, so they are mended in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from PySide6.QtGui import QFont, QRawFont

_TABLE = re.compile(rb"begincmap.*?endcmap", re.DOTALL)
_ARRAY = re.compile(rb"(?<=\[)[^\]]*(?=\])|(?<=> <)[0-9A-F]{4}(?=>\n)")
_CHARACTER = re.compile(rb"[0-9A-F]{4}")


def with_drawn_characters(pdf: bytes, drawn: Iterable[str], fonts: Iterable[QFont]) -> bytes:
    """The PDF with every character of its tables that was not drawn replaced by the drawn one that has the same glyph in one
    of the fonts. `drawn` are the texts, `fonts` those that they were drawn with, each also as what stands in for it.
    """
    there = sorted({char for text in drawn for char in text if ord(char) <= 0xFFFF} - {"\n", "\r", "\t"})
    raw = [font for font in map(QRawFont.fromFont, fonts) if font.isValid()]
    glyphs = [_glyphs(font, there) for font in raw]
    known: dict[int, int] = {}

    def drawn_code(found: re.Match[bytes]) -> bytes:
        code = int(found[0], 16)
        if code not in known:
            known[code] = code if chr(code) in there else _same_glyph(chr(code), raw, glyphs) or code
        return b"%04X" % known[code]

    def mended(table: re.Match[bytes]) -> bytes:
        return _ARRAY.sub(lambda part: _CHARACTER.sub(drawn_code, part[0]), table[0])

    return _TABLE.sub(mended, pdf)


def _glyphs(font: QRawFont, there: list[str]) -> dict[int, int]:
    """The drawn character of each glyph, the lowest where several were drawn."""
    found: dict[int, int] = {}
    for char in there:
        for glyph in font.glyphIndexesForString(char)[:1]:
            found.setdefault(glyph, ord(char))
    found.pop(0, None)
    return found


def _same_glyph(char: str, raw: list[QRawFont], glyphs: list[dict[int, int]]) -> int | None:
    for font, known in zip(raw, glyphs, strict=True):
        for glyph in font.glyphIndexesForString(char)[:1]:
            if (found := known.get(glyph)) is not None:
                return found
    return None
