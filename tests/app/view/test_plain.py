"""Names from outside are plain text on every widget, menu and tip, and push nothing away, however hostile they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_api import CANDIDATES, FakeDesk
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import Qt, QTextDocument
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMenu, QTabBar, QWidget

from app.view.control import safe_text
from app.view.control.widgets import ElidedLabel, text_label
from app.view.panel.opening_page import OpeningPage
from app.view.panel.panel_table import PANELS
from app.view.panel.prompts import ask_user
from app.view.window import MainWindow
from tests.english import plain, words
from twin.model.change import CandidatesChanged, LinkChanged, ProblemRaised, Progress, ProjectOpenFailed, ProjectOpening
from twin.model.twin import Twin

IMAGE = "<img src=file:///etc/passwd>"
HOSTILE = (
    IMAGE + "<b>bold</b> &Filed",
    "<h1>Head</h1>" + "W" * 5000,
    "<b>" + "two words " * 500,
    "\u202egnp.exe <i>x</i> \u2066\u0007",
    "<p>one\ntwo\n\n\nthree\r\nfour</p>\n" * 30,
)


def hostile(twin: Twin, name: str) -> Twin:
    """The home, whatever can be named called so."""
    devices = tuple(
        replace(
            one, name=name, maker=name, model=name, serial=name, firmware=name, address=name, area=name,
            points=tuple(replace(p, info=replace(p.info, label=name)) for p in one.points),
        )
        for one in twin.devices
    )  # fmt: skip
    return replace(
        twin,
        name=name,
        site=replace(twin.site, name=name),
        storeys=tuple(replace(one, name=name) for one in twin.storeys),
        rooms=tuple(replace(one, name=name, number=name, usage=name) for one in twin.rooms),
        links=tuple(replace(one, title=name, address=name) for one in twin.links),
        devices=devices,
    )


def renders(text: str) -> bool:
    """Whether Qt would show these words as something else than what they say."""
    if not Qt.mightBeRichText(text):
        return False
    document = QTextDocument()
    document.setHtml(text)
    # what is escaped says itself; an image, a heading or bold letters would be gone from the text
    return "<" not in document.toPlainText() or "\ufffc" in document.toPlainText()


def faults(window: QWidget) -> Iterator[str]:
    """What renders, is taken for a mnemonic, or has grown, on everything that there is now."""
    for widget in QApplication.allWidgets():
        where = f"{type(widget).__name__} {widget.objectName()}"
        if renders(widget.toolTip()):
            yield f"tip of {where}: {widget.toolTip()[:60]}"
        if isinstance(widget, QLabel):
            if widget.textFormat() is not Qt.TextFormat.PlainText and "<" in widget.text():
                yield f"label {where} may render"
            if len(widget.text()) > 1200:
                yield f"label {where} has {len(widget.text())} letters"
        if isinstance(widget, QAbstractButton) and "&" in widget.text().replace("&&", ""):
            yield f"{where} takes & for a key: {widget.text()[:40]}"
        if isinstance(widget, QMenu | QTabBar | QAbstractButton) and widget.sizeHint().width() > 900:
            yield f"{where} is {widget.sizeHint().width()} px wide"
        for action in widget.actions():
            if "Filed" in action.text() and "&Filed" in action.text().replace("&&", ""):
                yield f"entry of {where} takes & for a key"
            shown = not isinstance(widget, QMenu) or widget.toolTipsVisible()
            if shown and renders(action.toolTip()) and not isinstance(widget, MainWindow):
                yield f"tip of an entry of {where}"
    for node in range(window.parts["tree"].model.rowCount()):  # type: ignore[attr-defined]
        index = window.parts["tree"].model.index(node, 0)  # type: ignore[attr-defined]
        if renders(str(index.data(Qt.ItemDataRole.ToolTipRole) or "")):
            yield "tip of the tree"


def menus(window: MainWindow, twin: Twin) -> Iterator[QMenu]:
    """Every menu that opens somewhere, filled."""
    for menu in window.findChildren(QMenu):
        menu.aboutToShow.emit()
        yield menu
    for kind, id in (("device", twin.devices[0].id), ("room", twin.rooms[0].id), ("storey", twin.storeys[0].id)):
        window.effects.menu(kind, id, QPoint(5, 5))
        popup = QApplication.activePopupWidget()
        if isinstance(popup, QMenu):
            yield popup
            popup.close()


def everywhere(window: MainWindow, api: FakeDesk, name: str) -> list[str]:
    """Walks through all panels, pages, dialogs and menus with things called `name`."""
    found: set[str] = set()

    def look() -> None:
        window.feed.tick()
        QApplication.processEvents()
        window.grab()
        found.update(faults(window))

    problem = plain(name, name, code="x", where=name, detail=name)
    api.inbox.put_change(ProblemRaised(problem))
    api.inbox.put_change(LinkChanged(api.twin.links[0].id, "waiting", words(name)))
    api.inbox.put_change(
        CandidatesChanged(
            tuple(replace(one, name=name, maker=name, product=name, evidence=(name,)) for one in CANDIDATES)
        )
    )
    api.inbox.put_change(Progress("job", words(name), 0.5))
    for activity in ("live", "install", "trends"):
        window.show_activity(activity)
        look()
    for panel in ("problems", "commands"):
        window.show_panel(panel, True)
        look()
    for device in api.twin.devices[::4]:
        window.feed.selection.pick_device(device.id)
        look()
    window.feed.selection.pick_room(api.twin.rooms[0].id)
    window.feed.selection.change(storey=api.twin.storeys[0].id)
    window.effects.chart(api.twin.devices[3].points[0].id)
    window.notify(name)
    look()
    for menu in menus(window, api.twin):
        found |= {f"menu {action.text()[:30]}" for action in menu.actions() if len(action.text()) > 120}
        found |= {f"menu of {menu.sizeHint().width()} px"} if menu.sizeHint().width() > 900 else set()
    dialog = ask_user(window, name, name, "Yes", lambda: None)
    window.effects.pair()
    window.effects.palette() if hasattr(window.effects, "palette") else None
    look()
    dialog.reject()
    api.inbox.put_change(ProjectOpening(name, words(name)))
    api.inbox.put_change(ProjectOpenFailed(name, (problem,)))
    look()
    assert isinstance(window.parts["opening"], OpeningPage)
    return sorted(found)


@pytest.mark.parametrize("which", range(len(HOSTILE)))
def test_no_widget_menu_or_dialog_renders_a_hostile_name_or_grows_by_it(
    make_window: Callable[[FakeDesk], MainWindow], which: int
) -> None:
    api = FakeDesk(twin=hostile(FakeDesk().twin, HOSTILE[which]))
    api.fill()
    window = make_window(api)
    assert not (found := everywhere(window, api, HOSTILE[which])), "\n".join(found)
    plainly = make_window(FakeDesk())
    everywhere(plainly, FakeDesk(), "A name")
    for part in {*window.parts, *(place.name for place in PANELS)}:
        wanted, usual = window.parts[part].minimumSizeHint(), plainly.parts[part].minimumSizeHint()
        assert wanted.width() <= (1000 if part in ("bar", "status") else usual.width() + 220), part
        assert wanted.height() <= max(usual.height() + 40, 600), part
    for dialog in QApplication.topLevelWidgets():
        if dialog is not window:
            dialog.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # type: ignore[arg-type]


@given(st.text(max_size=300))
def test_a_tip_says_what_it_was_given_and_never_renders_it(words: str) -> None:
    tip = safe_text.tip_text(words)
    assert not renders(tip) or "<" not in words
    if Qt.mightBeRichText(tip):
        document = QTextDocument()
        document.setHtml(tip)
        assert "".join(document.toPlainText().split()) == "".join(
            safe_text.visible(words, safe_text.TIP_LETTERS).split()
        )


def test_a_long_name_is_cut_short_and_told_whole_by_its_tip(app: QApplication) -> None:
    label = text_label("a very long name " * 20)
    label.resize(80, 20)
    label.grab()
    assert label.toolTip().replace("\n", " ").startswith("a very long name a very long name")
    label.setText("short")
    label.grab()
    assert label.toolTip() == ""
    assert text_label("word").minimumSizeHint().width() == text_label("word").sizeHint().width()
    assert text_label("W" * 5000).minimumSizeHint().width() <= 150
    assert text_label("W" * 5000, wrap=True).minimumSizeHint().width() <= 150
    assert ElidedLabel("one\ntwo\u202e").text() == "one two"


def test_only_the_factories_make_labels_and_tips() -> None:
    view = Path(safe_text.__file__).parents[1]
    for file in view.rglob("*.py"):
        source, name = file.read_text("utf-8"), file.relative_to(view).as_posix()
        if name != "control/safe_text.py":
            assert ".setToolTip(" not in source, name
        if name not in ("control/widgets.py", "scene/overlay/key_hints.py"):
            assert "QLabel(" not in source, name
        assert not any(word in source for word in ("setHtml(", "QMessageBox", "QStaticText", "QTextBrowser")), name
