"""Makes untrusted text safe for widgets: no markup, no mnemonics, limited length.

Qt guesses whether a tool tip is HTML and then loads what it refers to; menu entries and buttons take `&` for a
mnemonic; all of them grow with their text. All displayed text must pass through this module or through
`app.view.control.widgets.text_label`.
"""

from __future__ import annotations

import re
import textwrap
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

TIP_LETTERS, TIP_COLUMNS = 600, 70
LINES = 12
ENTRY_LETTERS, CHOICE_PX = 56, 130
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Control characters except tab and newline, and characters that change the text direction."""
_COMMAND = re.compile(r"`((?:[a-z]|--)[^`\n]*)`")
"""A command or word of the command line, as texts for terminals mark it."""

_MARKS = {"<", "&"}
"""Characters without which Qt takes a tool tip for plain text."""


class _Tipped(Protocol):
    """A widget or an action that can have a tool tip."""

    def setToolTip(self, text: str, /) -> None: ...  # noqa: N802 - Qt's


def visible(text: str, limit: int) -> str:
    """The text without invisible control characters, commands in quotation marks, cut to `limit` characters with a
    final … if it was longer."""
    seen = _COMMAND.sub("“\\1”", _UNSEEN.sub("", text[: limit * 2]))
    return seen if len(seen) <= limit and len(text) <= limit * 2 else seen[: limit - 1].rstrip() + "…"


def few_lines(text: str) -> str:
    """The text with at most 12 lines; further line breaks become spaces."""
    lines = text.splitlines()
    return text if len(lines) <= LINES else "\n".join([*lines[: LINES - 1], " ".join(lines[LINES - 1 :])])


def one_line(text: str, limit: int) -> str:
    """The text on one line, without invisible control characters and cut to `limit` characters."""
    return visible(" ".join(text[: limit * 4].split()), limit)


def choice(button: QWidget, text: str) -> str:
    """Text for a button that opens a choice: the chosen text, shortened to the room, and an arrow."""
    return fitted(button, text, CHOICE_PX) + "  ▾"


def fitted(button: QWidget, text: str, room_px: int) -> str:
    """Text for a button, elided to `room_px` pixels."""
    line = one_line(text, ENTRY_LETTERS)
    return button.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, room_px).replace("&", "&&")


def entry(text: str) -> str:
    """Text for a menu entry, button or tab: one line, with `&` escaped."""
    return one_line(text, ENTRY_LETTERS).replace("&", "&&")


def tip_text(text: str) -> str:
    """Text for a tool tip: wrapped, and escaped if Qt would take it for markup."""
    seen = visible(text, TIP_LETTERS)
    lines = [part for line in seen.splitlines() for part in textwrap.wrap(line, TIP_COLUMNS) or [""]]
    if not (_MARKS & set(seen)):
        return "\n".join(lines)
    from html import escape  # few texts have marks: a millisecond of the start

    return "<qt>" + "<br>".join(escape(line) for line in lines) + "</qt>"


def set_tip(thing: _Tipped, text: str) -> None:
    """Sets the tool tip of a widget or an action."""
    thing.setToolTip(tip_text(text))


def set_tray_tip(icon: _Tipped, text: str) -> None:
    """Sets the tool tip of a tray icon: one plain line, since desktops differ in the markup that they read."""
    icon.setToolTip(one_line(text, _TRAY_LETTERS))


_TRAY_LETTERS = 120
