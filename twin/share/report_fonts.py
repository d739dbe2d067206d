"""Fonts of a PDF: those of the machine that can be embedded, chosen per character, so that names in any script are read.

Where the machine has no TrueType font with Chinese characters, they are set in STSong-Light, which PDF readers bring or replace
(ISO 32000-1, 9.7.5.2: a predefined CMap); all other fonts are embedded.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

REGULAR, BOLD, CHINESE = "OikosRegular", "OikosBold", "OikosChinese"
READERS_CHINESE = "STSong-Light"
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_LATIN = (
    ("segoeui.ttf", "segoeuib.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("Arial.ttf", "Arial Bold.ttf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
)
"""(regular, bold) of the systems, the first that is there is taken."""
_CHINESE = (
    "msyh.ttc", "simhei.ttf", "Arial Unicode.ttf", "STHeiti Light.ttc", "wqy-microhei.ttc", "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf", "DroidSansFallback.ttf",
)  # fmt: skip


def _folders() -> Iterator[Path]:
    match sys.platform:
        case "win32":
            yield Path(os.environ.get("WINDIR", r"C:\Windows"), "Fonts")
        case "darwin":
            yield from map(Path, ("/System/Library/Fonts", "/System/Library/Fonts/Supplemental", "/Library/Fonts"))
        case _:
            yield from map(Path, ("/usr/share/fonts", "/usr/local/share/fonts"))


@cache
def _files() -> dict[str, Path]:
    """The machine's font files by name."""
    deep = sys.platform not in ("win32", "darwin")
    found = (path for folder in _folders() for path in (folder.rglob("*.tt?") if deep else folder.glob("*.tt?")))
    return {path.name: path for path in found}


def _register(name: str, paths: Iterable[Path]) -> TTFont | None:
    """Registers the first font file that can be embedded; None for none."""
    for path in paths:
        with contextlib.suppress(TTFError, OSError, ValueError):
            font = TTFont(name, str(path))
            pdfmetrics.registerFont(font)
            return font
    return None


@cache
def _fonts() -> tuple[tuple[str, frozenset[int]], ...]:
    """(name, characters) of the fonts in the order in which they are asked: regular, and Chinese where it is embedded."""
    files, own = _files(), Path(reportlab.__file__).parent / "fonts"
    pairs = [(files[a], files[b]) for a, b in _LATIN if a in files and b in files]
    regular, bold = next(iter(pairs), (own / "Vera.ttf", own / "VeraBd.ttf"))
    found = [_register(REGULAR, (regular, own / "Vera.ttf"))]
    _register(BOLD, (bold, own / "VeraBd.ttf"))
    found.append(_register(CHINESE, (files[name] for name in _CHINESE if name in files)))
    if found[1] is None:
        pdfmetrics.registerFont(UnicodeCIDFont(READERS_CHINESE))
    return tuple((font.fontName, frozenset(font.face.charToGlyph)) for font in found if font is not None)


def prepare_fonts() -> None:
    """Registers the fonts, once per process."""
    _fonts()


def font_runs(text: str, *, bold: bool = False) -> list[tuple[str, str]]:
    """The text as (font, part): each part can be shown in its font."""
    latin = BOLD if bold else REGULAR
    found: list[tuple[str, str]] = []
    for letter in text:
        char = letter
        names = (name for name, characters in _fonts() if ord(char) in characters)
        name = next(names, READERS_CHINESE if len(_fonts()) == 1 else REGULAR)
        if name == REGULAR:
            name = latin
        elif name == READERS_CHINESE:
            char = char.translate(_SUBSCRIPTS)
        if found and found[-1][0] == name:
            found[-1] = (name, found[-1][1] + char)
        else:
            found.append((name, char))
    return found


def markup(text: str, *, bold: bool = False) -> str:
    """The text as content of a paragraph; line breaks are kept."""
    parts = (f'<font name="{name}">{escape(part)}</font>' for name, part in font_runs(text, bold=bold))
    return "".join(parts).replace("\n", "<br/>")


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a line, points."""
    return sum(pdfmetrics.stringWidth(part, name, size) for name, part in font_runs(text, bold=bold))
