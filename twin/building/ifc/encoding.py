r"""Text in IFC files stored as raw bytes. The format allows ASCII only (ISO 10303-21, 6.4.3: other characters as
\X2\…\X0\), but many programs write UTF-8, Latin-1 or Shift-JIS, and ifcopenshell drops such bytes silently.
"""

from __future__ import annotations

import re

_RAW = re.compile(rb"[\x80-\xff]+")
_OTHER = re.compile(r"[^\x00-\x7f]+")
_JAPANESE = re.compile(rb"[\x81-\x83\x88-\x97][\x40-\x7e\x80-\xfc]")
"""Kana, punctuation and the common kanji of JIS X 0208 level 1 in Shift-JIS."""
_CHINESE = (0xB0, 0xD7)
"""Range of first bytes of the common hanzi in GBK (GB 2312 level 1)."""
_SHARE, _MOSTLY = 0.6, 0.9
TITLES = {"utf-8": "UTF-8", "cp932": "Shift-JIS", "gb18030": "GBK", "cp1252": "Latin-1", "latin-1": "Latin-1"}
"""Names of the codecs as shown to users."""


def escaped(data: bytes) -> tuple[bytes, str]:
    """The file's bytes with raw characters escaped, and the encoding that they were in; empty for a pure ASCII file."""
    if data.isascii():
        return data, ""
    name = encoding_of(data)
    text = data.decode(name, "replace")
    return _OTHER.sub(_escape, text).encode("ascii"), name


def _escape(match: re.Match[str]) -> str:
    text = match[0]
    if all(ord(ch) < 0x10000 for ch in text):
        return f"\\X2\\{text.encode('utf-16-be', 'replace').hex().upper()}\\X0\\"
    return f"\\X4\\{text.encode('utf-32-be', 'replace').hex().upper()}\\X0\\"


def encoding_of(data: bytes) -> str:
    """The Python codec that the file's non-ASCII bytes are most likely in."""
    runs = _RAW.findall(data)
    count = sum(map(len, runs))
    right = sum(map(len, _RAW.findall(data.decode("utf-8", "ignore").encode())))
    if right >= _MOSTLY * count:  # a damaged byte or two are no other encoding
        return "utf-8"
    japanese = sum(sum(byte > 127 for byte in found) for found in _JAPANESE.findall(data))
    if japanese >= _SHARE * count and _reads(data, "cp932"):
        return "cp932"
    if all(len(run) % 2 == 0 for run in runs):
        firsts = [first for run in runs for first in run[::2]]
        common = sum(_CHINESE[0] <= first <= _CHINESE[1] for first in firsts)
        if common >= _MOSTLY * len(firsts) and _reads(data, "gb18030"):
            return "gb18030"
    return "cp1252" if _reads(data, "cp1252") else "latin-1"


def _reads(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return False
    return True
