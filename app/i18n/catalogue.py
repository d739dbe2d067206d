"""Catalogues of texts: gettext files, compiled at first use, as Python does with its modules.

A compiled catalogue also holds the number and date formats of the locale (CLDR), so that reading it does not need
Babel.
"""

from __future__ import annotations

import gettext
import logging
import re
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from devices.folders import home

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "translations"
NAME = "oikos.po"
DECIMAL, GROUP, PATTERN = "locale.decimal", "locale.group", "locale.pattern."
SKELETONS = ("yMMMd", "yMMM", "MMMd", "Ed", "Hm", "Hms")
"""The CLDR date and time skeletons in use (https://cldr.unicode.org, UTS 35, date field symbols)."""
_FORM = 2
"""Format version of compiled catalogues; those of other versions are compiled again."""
_NONE = "\0"
_LOCALE = re.compile(rb'"Locale: (\w+)\\n"')
_TITLE = re.compile(r'"Language-Name: ([^"\\]+)\\n"')
_LOG = logging.getLogger("oikos.app")


class Catalogue:
    """The sentences of one language; missing ones are looked up in `rest`."""

    def __init__(self, language: str, compiled: bytes, rest: Catalogue | None = None) -> None:
        self.language = language
        self._texts = gettext.GNUTranslations(BytesIO(compiled))
        self._rest = rest
        self.decimal, self.group = self._texts.gettext(DECIMAL), self._texts.gettext(GROUP)

    def pattern(self, skeleton: str) -> str:
        """CLDR's pattern for one of SKELETONS, for `joined` (date and time), or the locale's name for `locale`."""
        return self._texts.gettext(PATTERN + skeleton)

    def find(self, text: str, n: float | None = None, about: str = "") -> str | None:
        """The translation, in its plural for `n`; `about` is the gettext context of ambiguous texts. None if there is
        none.
        """
        found = self._counting(text, n, about) if n is not None else None
        if found is None:
            found = self._texts.pgettext(about, text) if about else self._texts.gettext(text)
            found = None if found == text else found
        if found is not None or self._rest is None:
            return found
        return self._rest.find(text, n, about)

    def _counting(self, text: str, n: float, about: str) -> str | None:
        whole = int(n) if n == int(n) else 2  # gettext's rules are for whole numbers
        say = self._texts.ngettext
        found = self._texts.npgettext(about, text, _NONE, whole) if about else say(text, _NONE, whole)
        return None if found == _NONE or (whole == 1 and found == text) else found


def languages(folder: Path) -> dict[str, str]:
    """Code and own name of every language that has a catalogue in the folder; English first."""
    found: dict[str, str] = {}
    for file in folder.glob(f"*/{NAME}"):
        with file.open(encoding="utf-8") as lines:
            match = _TITLE.search(lines.read(2000))
        found[file.parent.name] = match[1] if match else file.parent.name
    return dict(sorted(found.items(), key=lambda one: (one[0] != "en", one[0])))


def load(language: str, folder: Path, rest: Catalogue | None = None) -> Catalogue:
    """The catalogue of a language, compiled first if necessary. Blocks while reading the file."""
    file = folder / language / NAME
    source = file.read_bytes()
    name = f"oikos-{zlib.crc32(source, _FORM):08x}.mo"
    for place in _places(file):
        try:
            return Catalogue(language, (place / name).read_bytes(), rest)
        except (OSError, ValueError, IndexError, AttributeError, struct.error):  # not there, or damaged
            continue
    data = compiled(source, language)
    next((place for place in _places(file) if _kept(place, name, data)), None)
    return Catalogue(language, data, rest)


def _places(file: Path) -> Iterator[Path]:
    """Folders for the compiled form of a catalogue: beside it, or the user's cache."""
    yield file.parent / "__pycache__"
    yield home() / "cache" / "translations" / file.parent.name


def compiled(source: bytes, language: str) -> bytes:
    """A catalogue file compiled to gettext's .mo format, with the number and date formats of its locale."""
    from babel import Locale
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    messages, out, match = read_po(BytesIO(source), locale=language), BytesIO(), _LOCALE.search(source)
    locale = Locale.parse(match[1].decode() if match else language)
    numbers: dict[str, str] = locale.number_symbols["latn"]
    messages.add(DECIMAL, numbers["decimal"])
    messages.add(GROUP, numbers["group"])
    for skeleton in SKELETONS:
        messages.add(PATTERN + skeleton, str(locale.datetime_skeletons[skeleton]))
    messages.add(PATTERN + "joined", str(locale.datetime_formats["medium"]))
    messages.add(PATTERN + "locale", str(locale))
    write_mo(out, messages)
    return out.getvalue()


def _kept(place: Path, name: str, data: bytes) -> bool:
    """Writes a compiled catalogue and removes those of earlier versions; False where that fails."""
    from twin.files import atomic

    try:
        place.mkdir(parents=True, exist_ok=True)
        for old in place.glob("oikos-*.mo"):
            old.unlink(missing_ok=True)
        atomic.write(place / name, data)
    except OSError as error:
        _LOG.debug("a compiled catalogue is not kept in %s: %s", place, error)
        return False
    return True
