"""Builds the menu bar from the action table: sections, submenus, exclusive groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from app.actions import ROWS, Action
from app.api import EngineApi
from app.i18n import sentence, tr
from app.view.control.safe_text import entry, one_line
from app.view.icon import icon
from app.view.theme import Theme

AUTHOR_LETTERS = 40


class Menus:
    """The menus by their English title, submenus included, and the actions by id."""

    def __init__(self, main: QMainWindow, run: Callable[[str, bool], None]) -> None:
        self._main, self._run = main, run
        self._section = dict[str, str]()
        self._radio = dict[str, QActionGroup]()
        self.actions: dict[str, QAction] = {}
        self.menus: dict[str, QMenu] = {}
        for row in ROWS:
            self._add(row)
        self.actions["stop_engine"].setVisible(False)  # shown where an engine works without this window
        self.recent = QMenu(main)
        self.menus["File"].insertMenu(self.actions["import"], self.recent)

    def retranslate(self) -> None:
        """Sets all texts in the current language; mnemonics are the first letters of the English titles."""
        for row in ROWS:
            self.actions[row.id].setText(tr(row.title))
        for name, menu in self.menus.items():
            menu.setTitle(tr(name))
        for name in dict.fromkeys(row.menu for row in ROWS):
            self.menus[name].setTitle(mnemonic(name))
        self.recent.setTitle(tr("Open recent"))

    def name_undo(self, api: EngineApi) -> None:
        """Sets the undo and redo entries to what they would undo or redo, with the author if it is another person."""
        labels, authors = api.undo_labels(), api.undo_authors()
        for id, label, author, words in zip(("undo", "redo"), labels, authors, (tr("Undo"), tr("Redo")), strict=True):
            whose = f" ({one_line(author, AUTHOR_LETTERS)})" if author else ""
            self.actions[id].setText(entry(f"{words}: {sentence(label)}{whose}") if label else words)
            self.actions[id].setEnabled(True)

    def list_recent(self, paths: Sequence[str], open_path: Callable[[str], object]) -> None:
        """Lists the recent projects; those whose file is missing are disabled."""
        self.recent.clear()
        for path in paths:
            action = self.recent.addAction(entry(Path(path).stem))
            action.setStatusTip(path)
            action.setEnabled(Path(path).is_file())
            action.triggered.connect(lambda _=False, path=path: open_path(path))
        self.recent.setEnabled(bool(paths))

    def apply_theme(self, theme: Theme) -> None:
        """Sets all icons in the colours of this theme."""
        for row in ROWS:
            if row.icon:
                self.actions[row.id].setIcon(icon(row.icon, theme))
        self.actions["dark"].setChecked(theme.name == "dark")

    def _add(self, row: Action) -> None:
        action = self.actions[row.id] = QAction(self._main)
        action.setCheckable(row.checkable)
        action.setIconVisibleInMenu(not row.checkable)  # the mark of what is in force stands in its place
        action.setShortcut(QKeySequence(row.keys))
        action.triggered.connect(lambda on=False: self._run(row.id, on))
        self._main.addAction(action)
        if row.radio:
            self._radio.setdefault(row.radio, QActionGroup(self._main)).addAction(action)
        new = row.menu not in self.menus
        menu = self.menus.get(row.menu) or self.menus.setdefault(row.menu, self._main.menuBar().addMenu(""))
        if not new and row.section != self._section[row.menu]:
            menu.addSeparator()
        self._section[row.menu] = row.section
        if row.submenu:
            menu = self.menus.get(row.submenu) or self.menus.setdefault(row.submenu, menu.addMenu(""))
        menu.addAction(action)


def mnemonic(name: str) -> str:
    """The translated menu title with its mnemonic: `&File`, `文件(&F)`."""
    title = tr(name)
    return f"&{title}" if title[:1] == name[:1] else f"{title}(&{name[:1]})"
