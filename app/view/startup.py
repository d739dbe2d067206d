"""Starts the screen: window first, then the 3D view, then the rest."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.api import EngineApi
from app.inbox import Inbox
from app.selection import Selection, SelectionState
from app.settings import BACKGROUND, Settings
from app.stop_signals import handling
from app.view import style
from app.view.garbage_collection import GarbageCollection
from app.view.i18n import set_language
from app.view.icon import pixmap
from twin.model.problem import ProblemError

if TYPE_CHECKING:
    from app.view.scene.view import TwinView
    from app.view.window import MainWindow

BARE_MS = 10_000
"""So long the panels wait for the first frame at most: of a window that starts hidden, none is painted."""
AHEAD_MS = 2000
"""So long after the first frame the rest of the modules is imported, before somebody asks for a panel or a dialog."""
FRAME_PX = 40
"""What the system draws above and under a window, at most; it is not known before the window is shown."""
MARK = "OIKOS_START_MARK"
"""Environment: any value prints `oikos-first-frame SECONDS CPU_SECONDS` (UTC since 1970; CPU time of all threads since the
process's start); `quit` also ends there."""


def application(*, opengl: bool = True) -> QApplication:
    """The one QApplication, made with what the 3D view needs: it must exist before any widget."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    if opengl:
        # without shared contexts, grabbing and then floating a dock ends the process (research/view3d.md, 4)
        QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
        _surface_format()
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Oikos")
    app.setApplicationDisplayName("Oikos")
    app.setDesktopFileName("oikos")
    app.setWindowIcon(pixmap("live", style.current_theme().accent, 64, 1.0))
    return app


def _surface_format() -> None:
    try:
        from app.view.scene.viewport.surface import install_surface_format
    except ImportError:
        return  # the 3D view is not there: the window then shows everything else
    install_surface_format()


def apply_appearance(app: QApplication, settings: Settings, *, theme: str = "", language: str = "") -> None:
    """Theme and language, from the arguments or else from the settings."""
    set_language(language or settings.text("language"), settings.text("temperature_unit"))
    style.apply_theme(app, style.theme_by_name(theme or settings.text("theme")))


@dataclass(frozen=True, slots=True)
class PendingDrawing:
    """A project whose drawing is opened in the editor once `opened` completes, over the picture at `over` if not empty."""

    opened: Future[None]
    over: str = ""


@dataclass(frozen=True, slots=True)
class WindowEnd:
    """What a closed window leaves behind."""

    project: str
    keeps_recording: bool
    """Whether the project of its own engine shall be recorded on in the background."""
    tray: bool
    """Whether a person closed it, and the desktop shows icons of programs without a window."""


def build(
    api: EngineApi,
    inbox: Inbox,
    selection: Selection,
    settings: Settings,
    *,
    opening: bool = False,
    bare: bool = False,
) -> MainWindow:
    """The window without its 3D view; `bare` without its docked panels, too, until its modules are released."""
    from app.view.window import MainWindow

    selection.change(smooth=settings["smooth"])
    window = MainWindow(api, inbox, selection, settings, bare=bare)
    window.check("smooth", selection.state.smooth)
    stop = selection.observe(lambda old, new: _remember(window, settings, new) if new.smooth != old.smooth else None)
    window.destroyed.connect(lambda: stop())
    for problem in settings.problems:
        window.feed.raise_problem(problem)
    window.effects.importing.watch()
    window.show_opening(opening)
    return window


def _remember(window: MainWindow, settings: Settings, picked: SelectionState) -> None:
    """Keeps what is chosen once for all projects."""
    window.check("smooth", picked.smooth)
    try:
        settings.set("smooth", picked.smooth)
    except ProblemError as error:
        for problem in error.problems:
            window.feed.raise_problem(problem)


def attach_scene(window: MainWindow) -> TwinView:
    """Brings the 3D view, which costs the most to load, into a window that is already on the screen."""
    from app.view.last_view import LastView
    from app.view.recent_values import RecentValues
    from app.view.scene.view import TwinView

    window.make_scene = TwinView
    view = TwinView(window.feed.selection)
    window.attach(view)
    RecentValues(window.feed, view)
    LastView(window, view)
    if os.environ.get(MARK):
        # a frame of an empty scene page does not count: the building must be on it
        once = Qt.ConnectionType.SingleShotConnection
        window.filled.connect(lambda: view.surface.painted.connect(record_first_frame, once), once)
    return view


def record_first_frame(_took_ms: float = 0.0) -> None:
    """Records the first painted 3D frame of the project, for the bench."""
    sys.stdout.write(f"oikos-first-frame {time.time():.6f} {time.process_time():.6f}\n")
    sys.stdout.flush()
    if os.environ.get(MARK) == "quit":
        QTimer.singleShot(0, QApplication.quit)


def run(
    api: EngineApi,
    inbox: Inbox,
    settings: Settings,
    selection: Selection | None = None,
    *,
    opening: bool = False,
    drawing: PendingDrawing | None = None,
    painted: Callable[[], object] | None = None,
    ended: Callable[[], bool] = lambda: False,
    own_engine: bool = False,
    stop_engine: Callable[[], Future[None]] | None = None,
) -> WindowEnd:
    """Shows the window until it is closed; `opening` says that a project is on its way, `drawing` that it shall be
    drawn; `painted` is called after the first 3D frame; `ended` says whether the window was told to close before it
    could hear that. With an `own_engine`, which ends with it, a person who closes it is asked whether that goes on; `stop_engine` ends
    another one that works by itself."""
    app = application()
    apply_appearance(app, settings)
    from app.view.late_modules import LATE

    window = build(api, inbox, selection or Selection(), settings, opening=opening, bare=True)
    fit_to_screen(window)
    window.show()
    app.processEvents()
    view = attach_scene(window)
    _release_modules(window, view)
    view.first_frame.connect(partial(QTimer.singleShot, AHEAD_MS, window, partial(window.modules.load_ahead, LATE)))
    garbage = GarbageCollection(window)
    view.first_frame.connect(garbage.begin)
    QTimer.singleShot(BARE_MS, garbage, garbage.begin)
    if painted is not None:
        view.first_frame.connect(painted)
    if drawing is not None:
        window.feed.when(drawing.opened, lambda _: window.effects.edit_plan(drawing.over), lambda _: None)
    if own_engine:
        _ask_when_closed(window)
    window.stop_engine = stop_engine
    window.actions_by_id["stop_engine"].setVisible(stop_engine is not None)
    with handling(window.end):  # logout, a polite kill and Ctrl+C
        if ended():
            QTimer.singleShot(0, window, window.end)
        app.exec()
    end = _end_of(window, own_engine=own_engine)
    window.close()
    window.deleteLater()
    delete_closed_widgets(app)
    return end


def _ask_when_closed(window: MainWindow) -> None:
    """Loads the question when it is asked first: most sessions never do."""

    def may_close() -> bool:
        from app.view.background_question import BackgroundQuestion

        window.may_close = BackgroundQuestion(window).may_close
        return window.may_close()

    window.may_close = may_close


def _end_of(window: MainWindow, *, own_engine: bool) -> WindowEnd:
    from app.view.tray_icon import is_tray_there

    recorded = bool(window.feed.twin.links) and not window.is_ending
    keeps = own_engine and recorded and window.settings.text(BACKGROUND) == "always"
    return WindowEnd(project=window.feed.api.project(), keeps_recording=keeps, tray=recorded and is_tray_there())


def _release_modules(window: MainWindow, view: TwinView) -> None:
    """Lets panels be loaded after the first frame, or at once where another page than the building is shown."""
    release = window.modules.release
    view.first_frame.connect(
        partial(QTimer.singleShot, 0, window, release)
    )  # the frame's own turn of the loop ends first

    def page_changed(_index: int) -> None:
        release()

    window.pages.currentChanged.connect(page_changed)
    if window.pages.currentWidget() is not window.scene_page:
        release()
    QTimer.singleShot(BARE_MS, window, release)


def fit_to_screen(window: MainWindow) -> None:
    """Makes the window no larger than the screen has room for, frame included."""
    if (screen := window.screen()) is not None:  # pyright: ignore[reportUnnecessaryComparison]
        room = screen.availableGeometry()
        window.resize(min(window.width(), room.width()), min(window.height(), room.height() - FRAME_PX))


def delete_closed_widgets(app: QApplication) -> None:
    """Lets go of what was closed: outside of an event loop nothing else delivers deleteLater."""
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # pyright: ignore[reportArgumentType, reportCallIssue]
    app.processEvents()
