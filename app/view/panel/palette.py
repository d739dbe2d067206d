"""Command palette (Ctrl+K): searches rooms, devices and actions in one list."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import override

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.view.control.slots import taking
from app.view.icon import icon
from app.view.panel.palette_entries import PaletteEntry
from app.view.panel.palette_search import Haystack, Needle
from app.view.panel.typed_ahead import TypedAhead
from app.view.style import colour, current_theme, font

HINT_AFTER_PX = 44
"""From the left edge of a line to its hint, besides the width of its text: the icon and the spaces."""
SHOWN = 60
QUESTION_LETTERS = 4
"""Number of letters from which a text without blanks may be a question, in languages that are written so."""
TURN_S = 0.006
"""CPU seconds for which entries are created and searched per turn of the event loop: with 2,000 devices it takes 20 turns."""
CREATED, SEARCHED = 20, 200
"""Number of entries created, and searched for what is nearly typed, between two looks at the clock."""


class _EntryDelegate(QStyledItemDelegate):
    """Paints the text at the left and the hint at the right."""

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        box = QRect(option.rect).adjusted(0, 0, -14, 0)  # pyright: ignore[reportAttributeAccessIssue]
        painter.setFont(font(12))
        painter.setPen(colour(current_theme().faint))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        hint, text = (str(index.data(role) or "") for role in (Qt.ItemDataRole.UserRole, Qt.ItemDataRole.DisplayRole))
        box.setLeft(box.left() + HINT_AFTER_PX + QFontMetrics(option.font).horizontalAdvance(text))  # pyright: ignore[reportAttributeAccessIssue]
        painter.drawText(box, flags, painter.fontMetrics().elidedText(hint, Qt.TextElideMode.ElideRight, box.width()))


class CommandPalette(QDialog):
    """Dialog with a search field and a list of entries; Enter runs the current entry. `hint` is the placeholder."""

    def __init__(
        self, found: Iterable[PaletteEntry], parent: QWidget, hint: str, ask: Callable[[str], object] | None = None
    ) -> None:
        """`ask` answers what was typed as a question; None where the list offers no answers."""
        # no Popup: window managers and input methods give such a window no keyboard
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._coming, self._entries, self._haystacks = iter(found), list[PaletteEntry](), list[Haystack]()
        self._shown: list[PaletteEntry] = []
        self._ask = ask
        self._search: Iterator[object] = iter(())
        self._entered = False
        """Enter was pressed before the search had ended."""
        self._turn = QTimer(self)
        self._turn.timeout.connect(self._go_on)
        self.field, self.list = QLineEdit(), QListWidget()
        self.field.setPlaceholderText(hint)
        self.field.setAccessibleName(hint)
        self.list.setAccessibleName(tr("Matches"))
        self.list.setIconSize(QSize(18, 18))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # a click in it leaves the keyboard to the field
        self.list.setItemDelegate(_EntryDelegate(self.list))
        self.setObjectName("palette")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(taking(QListWidgetItem, lambda item: self._do(self.list.row(item))))
        self.resize(560, 420)
        self.move(parent.mapToGlobal(parent.rect().center()) - self.rect().center())
        self.field.setFocus()
        self._create(SHOWN)
        self._fill("")

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        TypedAhead(self, self.field)
        self.activateWindow()
        self.field.setFocus(Qt.FocusReason.ActiveWindowFocusReason)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isVisible() and not self.isActiveWindow():
            self.close()  # a click beside it

    def _fill(self, needle: str) -> None:
        """Shows what is found at once, and goes on in turns of the event loop while thousands are created and searched."""
        self._entered = False
        self._search = self._searching(needle)
        self._turn.start(0)
        if needle:
            self._go_on()
        else:
            next(self._search, None)

    def _go_on(self) -> None:
        until = time.thread_time() + TURN_S
        for _ in self._search:
            if time.thread_time() > until:
                return
        self._turn.stop()
        if self._entered:
            self._do(self.list.currentRow())

    def _searching(self, needle: str) -> Iterator[object]:
        """Shows the entries that fit, then creates those that are still to come and shows what fits of all; yields after
        each piece of work."""
        typed, question = Needle(needle), self._question(needle.strip())
        found = self._fitting(typed)
        self._show(found + question)
        yield
        more = False
        while self._create(CREATED):
            more = True
            yield
        if not typed.wanted:
            return
        if more:
            found = self._fitting(typed)
        if not found:
            near: list[tuple[int, int]] = []
            for begin in range(0, len(self._haystacks), SEARCHED):
                near += self._ranked(typed.nearly, begin, begin + SEARCHED)
                yield
            found = [self._entries[i] for _, i in sorted(near)[:SHOWN]]
        if more or found[:SHOWN] != self._shown[:SHOWN]:
            self._show(found + question)
        if not self._shown:
            self._say_nothing_found(needle.strip())

    def _show(self, entries: list[PaletteEntry]) -> None:
        self._shown = entries
        self.list.clear()
        for entry in entries:
            item = QListWidgetItem(icon(entry.icon, current_theme()), entry.text)
            item.setData(Qt.ItemDataRole.UserRole, entry.hint)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.text}, {entry.hint}")
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _say_nothing_found(self, words: str) -> None:
        nothing = QListWidgetItem(tr("Nothing found for “{words}”", words=words))
        nothing.setFlags(Qt.ItemFlag.NoItemFlags)
        nothing.setData(Qt.ItemDataRole.UserRole, tr("Try fewer or other words"))
        self.list.addItem(nothing)

    def _question(self, typed: str) -> list[PaletteEntry]:
        """The entry that asks the building what was typed, for texts of several words."""
        ask = self._ask
        if ask is None or not (" " in typed or (len(typed) >= QUESTION_LETTERS and not typed.isascii())):
            return []
        return [PaletteEntry(typed, tr("Ask the building"), "search", partial(ask, typed))]

    def _fitting(self, typed: Needle) -> list[PaletteEntry]:
        """The best of the entries that have been created; the first ones where nothing is typed."""
        if not typed.wanted:
            return self._entries[:SHOWN]
        return [self._entries[i] for _, i in sorted(self._ranked(typed.matches, 0, None))[:SHOWN]]

    def _ranked(self, score: Callable[[Haystack], int], begin: int, end: int | None) -> list[tuple[int, int]]:
        """(-score, index) of the entries from `begin` to `end` that have a score."""
        some = enumerate(self._haystacks[begin:end], begin)
        return [(-how, i) for i, entry in some if (how := score(entry))]

    def _create(self, most: int) -> bool:
        """Creates up to `most` of the entries that are still to come; False where none was left."""
        more = list(islice(self._coming, most))
        self._entries += more
        self._haystacks += [
            Haystack.of(entry.text, f"{entry.hint} {entry.also}", english=entry.english) for entry in more
        ]
        return bool(more)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 10, Qt.Key.Key_PageUp: -10}.get(
                Qt.Key(event.key())
            )
            if step is not None:
                self.list.setCurrentRow(max(0, min(self.list.count() - 1, self.list.currentRow() + step)))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._entered = self._turn.isActive() and bool(self.field.text())
                if not self._entered:
                    self._do(self.list.currentRow())
                return True
        return super().eventFilter(watched, event)

    def _do(self, at: int) -> None:
        if 0 <= at < len(self._shown):
            self.close()
            self._shown[at].do()
