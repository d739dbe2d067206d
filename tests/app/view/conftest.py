"""The window on a fake desk, without 3D and without a display."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QLocale, QPoint, Qt
from PySide6.QtGui import QCursor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

sys.path.insert(0, str(Path(__file__).parent))

from fake_api import FakeDesk
from plain import PlainView
from turns import run_turns

from app.i18n import current_language
from app.i18n.language import catalogue
from app.selection import Selection
from app.settings import Settings
from app.view import module_loader, startup, style
from app.view.i18n import set_language, temperature_unit
from app.view.late_modules import LATE
from app.view.theme import THEMES
from app.view.window import MainWindow

NOWHERE = QPoint(-50, -50)
"""Where no window is, in pixels of the screen."""


@pytest.fixture(scope="module", autouse=True)
def no_widget_left_for_other_threads() -> Iterator[None]:
    """What a file of tests leaves of Qt is let go here: collected later, on a thread of an engine, it would crash."""
    yield
    if (app := QApplication.instance()) is not None:
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # type: ignore[arg-type]
    gc.collect()


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    """Our own application, shared contexts included."""
    return QApplication


@pytest.fixture(autouse=True)
def english() -> None:
    """Every test begins in English and degrees Celsius, whatever the machine speaks and whatever tests before it spoke; 中文
    is in memory, so that it is spoken at once."""
    catalogue("zh_CN")
    if (current_language(), temperature_unit(), QLocale().name()) != ("en", "°C", "en_GB"):
        set_language("en", "°C")


@pytest.fixture(autouse=True)
def no_key_is_held() -> Iterator[None]:
    """A test that ended with Ctrl+A leaves no Ctrl to the next one: views select by the modifiers of the last event."""
    yield
    if QGuiApplication.instance() and QGuiApplication.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
        QTest.keyRelease(QWidget(), Qt.Key.Key_Control)


@pytest.fixture(autouse=True)
def no_pointer_rests_on_a_window() -> None:
    """A test that moved the pointer leaves it over no window of the next one: what is under it waits with changes."""
    if QGuiApplication.instance():
        QCursor.setPos(NOWHERE)


@pytest.fixture
def app(qapp: QApplication, english: None) -> QApplication:
    """Dressed and speaking English."""
    if style.current_theme() is not THEMES["light"] or not qapp.styleSheet():
        style.apply_theme(qapp, THEMES["light"])
    return qapp


@pytest.fixture
def api() -> FakeDesk:
    """A home whose devices have reported and obey at once."""
    made = FakeDesk()
    made.fill()
    return made


@pytest.fixture(scope="session")
def late_modules() -> None:
    """As in a window that is open for some seconds: what is loaded late is there."""
    module_loader.import_now(*LATE)


@pytest.fixture
def make_window(app: QApplication, late_modules: None, tmp_path: Path) -> Iterator[Callable[[FakeDesk], MainWindow]]:
    """Makes windows and closes them; the timer is stopped: the test drives `feed.tick` by hand."""
    made: list[MainWindow] = []

    def make(api: FakeDesk) -> MainWindow:
        settings = Settings(tmp_path / "settings.toml")
        window = startup.build(api, api.inbox, Selection(), settings)
        window.feed._timer.stop()
        window.attach(PlainView())
        window.resize(1280, 800)
        window.show()
        window.feed.tick()
        made.append(window)
        return window

    yield make
    for window in made:
        window.close()
        window.deleteLater()
    # outside of an event loop only this delivers deleteLater
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # type: ignore[arg-type]
    app.processEvents()


@pytest.fixture
def window(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> MainWindow:
    """The window of the test home."""
    return make_window(api)


def beat(window: MainWindow, frames: int = 16) -> None:
    """Lets the feed live for some frames, the slow clock included, and does what waits for a turn of its own."""
    for _ in range(frames):
        window.feed.tick()
    run_turns(window)


@pytest.fixture
def live() -> Callable[..., None]:
    """`live(window)` lets a quarter of a second pass for the feed, without waiting."""
    return beat
