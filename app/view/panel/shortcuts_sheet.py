"""Sheet of keyboard shortcuts, generated from the action table."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QVBoxLayout, QWidget

from app.actions import ROWS
from app.i18n import tr
from app.view.control.widgets import text_label

COLUMNS = 3
"""Columns of actions: the sheet must fit on a screen of 1280 x 800 pixels."""

MOUSE = (
    ("Turn", "Drag"),
    ("Move", "Shift + drag"),
    ("Nearer, farther", "Wheel"),
    ("Switch a light", "Click it"),
    ("Fly there", "Double click"),
    ("Everything one can do", "Right click"),
)


def keys_sheet(parent: QWidget, more: Sequence[tuple[str, str]] = ()) -> QDialog:
    """Creates and shows the sheet; `more` are additional rows of action and key."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(tr("Keys"))
    column = QVBoxLayout(dialog)
    column.setContentsMargins(26, 22, 26, 22)
    column.setSpacing(14)
    column.addWidget(text_label(tr("Keys"), "heading"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(28)
    grid.setVerticalSpacing(7)
    rows = [
        (tr(row.title), QKeySequence(row.keys).toString(QKeySequence.SequenceFormat.NativeText))
        for row in ROWS
        if row.keys
    ]
    rows += [(tr(what), tr(how)) for what, how in MOUSE]
    rows += more
    each = -(-len(rows) // COLUMNS)
    for i, (what, how) in enumerate(rows):
        grid.addWidget(text_label(what), i % each, 2 * (i // each))
        grid.addWidget(text_label(how, "muted"), i % each, 2 * (i // each) + 1)
    column.addLayout(grid)
    dialog.open()
    return dialog
