"""Makes text from outside safe for widgets: no markup, no mnemonics, bounded length.

Qt guesses whether a tool tip is HTML and then loads what it names; a menu entry or a button takes
`&` for a mnemonic; both grow with their words. Everything that is shown goes through here or through
`app.view.control.widgets.text_label`.
"""

from __future__ import annotations

import re
import textwrap
from html import escape
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

TIP_LETTERS, TIP_COLUMNS = 600, 70
LINES = 12
ENTRY_LETTERS, CHOICE_PX = 56, 130
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Control characters but tab and newline, and those that turn the direction of what follows."""


_MARKS = {"<", "&"}
"""Without one of these Qt takes a tip for plain text."""


class _Tipped(Protocol):
    """A widget or an action."""

    def setToolTip(self, text: str, /) -> None: ...  # noqa: N802 - Qt's


def visible(text: str, limit: int) -> str:
    """The words without what cannot be seen, at most so many letters, with … where there were more."""
    seen = _UNSEEN.sub("", text[: limit * 2])
    return seen if len(seen) <= limit and len(text) <= limit * 2 else seen[: limit - 1].rstrip() + "…"


def few_lines(text: str) -> str:
    """The same words in a few lines: further line breaks are spaces."""
    lines = text.splitlines()
    return text if len(lines) <= LINES else "\n".join([*lines[: LINES - 1], " ".join(lines[LINES - 1 :])])


def one_line(text: str, limit: int) -> str:
    """The same in one line."""
    return visible(" ".join(text[: limit * 4].split()), limit)


def choice(button: QWidget, text: str) -> str:
    """What is chosen, on the button that opens the choice: as much as there is room for."""
    return fitted(button, text, CHOICE_PX) + "  ▾"


def fitted(button: QWidget, text: str, room_px: int) -> str:
    """Words of a button, no wider than this."""
    line = one_line(text, ENTRY_LETTERS)
    return button.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, room_px).replace("&", "&&")


def entry(text: str) -> str:
    """Words of a menu entry, a button or a tab: one line, `&` shown as such."""
    return one_line(text, ENTRY_LETTERS).replace("&", "&&")


def tip_text(text: str) -> str:
    """What Qt shows as a tool tip exactly as it is: wrapped, and escaped where Qt would take it for markup."""
    seen = visible(text, TIP_LETTERS)
    lines = [part for line in seen.splitlines() for part in textwrap.wrap(line, TIP_COLUMNS) or [""]]
    if not (_MARKS & set(seen)):
        return "\n".join(lines)
    return "<qt>" + "<br>".join(escape(line) for line in lines) + "</qt>"


def set_tip(thing: _Tipped, text: str) -> None:
    """Gives a widget or an action its tool tip."""
    thing.setToolTip(tip_text(text))


def set_tray_tip(icon: _Tipped, text: str) -> None:
    """Gives an icon of the desktop's tray its tool tip: one plain line, for desktops differ in what markup they read."""
    icon.setToolTip(one_line(text, _TRAY_LETTERS))


_TRAY_LETTERS = 120
