"""Dialog of what a link's table of devices, read again, would change: the user takes it over or not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import override

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import in_full, tr
from app.view.control.dialog import Dialog
from app.view.control.widgets import row, show_text, text_label
from app.view.feed import Feed
from twin.model.device import Link
from twin.model.problem import Problem
from twin.model.table_changes import TableChanges

SHOWN = 100
"""Most devices listed under a heading."""
OPTION = "table"
"""Option of a link that names its table."""


class TableChangesDialog(Dialog):
    """Asks the engine at once, and lists the changes by their kind."""

    def __init__(self, feed: Feed, link: Link, path: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.feed, self.link, self.path = feed, link, path
        self.is_read = False
        """Whether the table was read, so that it can be taken over."""
        name = link.title or link.address
        self.setWindowTitle(tr("Table of {name}", name=name))
        self.setMinimumSize(440, 420)
        self.about, self.reason = text_label(tr("it is read…"), "muted", wrap=True), text_label("", "reason", wrap=True)
        self.take, self.close_button = QPushButton(tr("Take over")), QPushButton(tr("Cancel"))
        self.take.setObjectName("primary")
        self.take.setEnabled(False)
        self.list = QPlainTextEdit()
        self.list.setReadOnly(True)
        self.list.setAccessibleName(tr("Changes of its devices"))
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(10)
        column.addWidget(text_label(tr("Table of {name}", name=name), "heading", wrap=True))
        column.addWidget(self.about)
        column.addWidget(self.list, 1)
        column.addWidget(self.reason)
        column.addLayout(row(1, self.close_button, self.take))
        self.reason.hide()
        self.take.clicked.connect(self._take)
        self.close_button.clicked.connect(self.reject)
        feed.project_left.connect(self.reject)
        feed.when(feed.api.table_changes(link.id, {OPTION: path}), self.show_changes, self._failed)

    @override
    def done(self, result: int) -> None:
        super().done(result)
        self.deleteLater()

    def show_changes(self, changes: TableChanges) -> None:
        """Lists the changes."""
        self.is_read = True
        self.about.setText(
            tr("Nothing would change.") if changes.are_none else tr("%n devices stay as they are", changes.same)
        )
        self._add(tr("New"), changes.added)
        self._add(tr("No longer in the table: they stay until you remove them"), changes.gone)
        altered = (
            tr("{name}: {new} new or different, {gone} gone", name=name, new=new, gone=gone)
            for name, new, gone in changes.altered
        )
        self._add(tr("Other points"), altered)
        self._add(tr("Other names"), (f"{before} → {now}" for before, now in changes.renamed))
        moved = (f"{name}: {before or '–'} → {now or '–'}" for name, before, now in changes.moved)
        self._add(tr("In another room"), moved)
        self.list.moveCursor(QTextCursor.MoveOperation.Start)
        self.take.setEnabled(not changes.are_none or self.path != self.link.option(OPTION))

    def _add(self, title: str, names: Iterable[str]) -> None:
        found = tuple(names)
        if not found:
            return
        lines = [tr("{name} ({more})", name=title, more=len(found)), *(f"    {name}" for name in found[:SHOWN])]
        if len(found) > SHOWN:
            lines.append(f"    {tr('and %n more', len(found) - SHOWN)}")
        self.list.appendPlainText("\n".join([*lines, ""]))

    def _take(self) -> None:
        self.take.setEnabled(False)
        show_text(self.reason, tr("It is taken over…"), "muted")
        adding = self.feed.api.add(self.link.address, options={OPTION: self.path})
        self.feed.when(adding, lambda _: self.accept(), self._failed)

    def _failed(self, problem: Problem) -> None:
        self.take.setEnabled(self.is_read)
        self.about.setVisible(self.is_read)
        show_text(self.reason, in_full(problem), "reason")
