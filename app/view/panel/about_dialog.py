"""The about dialog: version, licence, and the Python and Qt versions."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.view.control.widgets import IconLabel, row, text_label

_DISTRIBUTION = "oikos-twin"


def about_dialog(parent: QWidget) -> QDialog:
    """Creates and shows the about dialog."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(tr("About Oikos"))
    dialog.setMinimumWidth(380)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(22, 20, 22, 18)
    column.setSpacing(10)
    column.addLayout(row(IconLabel("live", tone="accent", size=40), text_label("Oikos", "heading"), 1, spacing=12))
    column.addWidget(text_label(tr("The living twin of your building. Apache License 2.0."), "muted", wrap=True))
    column.addWidget(text_label(tr("Version {version}", version=_version()), select=True))
    column.addWidget(
        text_label(
            f"Python {platform.python_version()} · Qt {qVersion()} · {platform.platform()}",
            "faint",
            wrap=True,
            select=True,
        )
    )
    close = QPushButton(tr("Close"))
    close.setObjectName("primary")
    close.setDefault(True)
    close.clicked.connect(dialog.accept)
    column.addLayout(row(1, close))
    dialog.open()
    return dialog


def _version() -> str:
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        return tr("unknown")
