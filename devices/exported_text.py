"""Text files as engineering tools export them: UTF-8, UTF-16 or Windows' Western code page, with any of three delimiters."""

from __future__ import annotations

import codecs


def decoded(data: bytes) -> str:
    """The text of a file; what is no character of it becomes U+FFFD. UTF-16 is recognised also without its mark."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    if data[1:8:2] == b"\0\0\0\0":
        return data.decode("utf-16-le", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def delimiter_of(text: str) -> str:
    """What separates the cells of a table: semicolon, comma or tab, whichever there is most of."""
    return max(";,\t", key=text.count)
