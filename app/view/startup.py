"""Starts the user interface: the window first, then the 3D view, then the other modules."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app import crash_reports
from app.api import EngineApi
from app.i18n import requested_language
from app.inbox import Inbox
from app.selection import Selection, SelectionState
from app.settings import BACKGROUND, Settings
from app.stop_signals import handling
from app.view import style
from app.view.actions.label_drops import LabelDrops
from app.view.garbage_collection import GarbageCollection
from app.view.i18n import set_language
from app.view.icon import pixmap

if TYPE_CHECKING:
    from app.portfolio.portfolio_api import PortfolioSource
    from app.view.scene.building_ahead import BuildingAhead
    from app.view.scene.view import TwinView
    from app.view.window import MainWindow
    from twin.model.problem import Problem

BARE_MS = 10_000
"""Maximum time in ms that panels wait for the first frame; a hidden window paints none."""
AHEAD_MS = 2000
"""Delay in ms between the first frame and the import of the remaining modules."""
FRAME_PX = 40
"""Maximum height in pixels of the window's frame, which is unknown before the window is shown."""
MARK = "OIKOS_START_MARK"
"""Environment variable: any value prints `oikos-first-frame SECONDS CPU_SECONDS` (UTC since 1970; CPU time of all
threads since the process started) at the first frame; `quit` also ends the program then."""


def application(*, opengl: bool = True) -> QApplication:
    """Returns the QApplication, created with the settings that the 3D view needs; call before creating any widget."""
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
    """Sets theme and language from the arguments, the language else from the command line, or else from the settings."""
    set_language(language or requested_language() or settings.text("language"), settings.text("temperature_unit"))
    style.apply_theme(app, style.theme_by_name(theme or settings.text("theme")))


@dataclass(frozen=True, slots=True)
class PendingDrawing:
    """A project to open in the plan editor when `opened` completes; `over` is the path of a picture to trace."""

    opened: Future[None]
    over: str = ""


@dataclass(frozen=True, slots=True)
class WindowEnd:
    """State of the window when it was closed."""

    project: str
    keeps_recording: bool
    """Whether the project of its own engine shall be recorded in the background."""
    tray: bool
    """Whether the project is recorded, the user closed the window, and the desktop has a tray."""


def build(
    api: EngineApi,
    inbox: Inbox,
    selection: Selection,
    settings: Settings,
    *,
    opening: bool = False,
    bare: bool = False,
) -> MainWindow:
    """Creates the window without its 3D view; if `bare`, docked panels wait until its modules are released."""
    from app.view.window import MainWindow

    selection.change(smooth=settings["smooth"])
    window = MainWindow(api, inbox, selection, settings, bare=bare)
    window.check("smooth", selection.state.smooth)
    stop = selection.observe(lambda old, new: _remember(window, settings, new) if new.smooth != old.smooth else None)
    window.destroyed.connect(lambda: stop())
    for problem in settings.problems:
        window.feed.raise_problem(problem)
    window.effects.importing.watch()
    LabelDrops(window, window.effects.takes_labels, window.effects.pair_by_picture)
    window.show_opening(opening)
    return window


def _remember(window: MainWindow, settings: Settings, picked: SelectionState) -> None:
    """Saves a changed choice of smooth colours as a setting."""
    window.check("smooth", picked.smooth)
    if settings.change("smooth", picked.smooth):
        window.feed.save_settings(settings)


def attach_scene(window: MainWindow, *, keeps_view: bool = True) -> TwinView:
    """Creates the 3D view and adds it to the window; `keeps_view`: it restores and saves the project's last view."""
    ahead = _building_ahead(window)
    from app.view.last_view import LastView
    from app.view.recent_values import RecentValues
    from app.view.room_verdicts import RoomVerdicts
    from app.view.scene.view import TwinView

    window.make_scene = TwinView
    view = TwinView(window.feed.selection)
    view.loader.ahead = ahead
    window.attach(view)
    RoomVerdicts(window.feed, view).look()
    view.first_frame.connect(lambda: RecentValues(window.feed, view).look())  # trend arrows come after the building
    if keeps_view:
        LastView(window, view)
    if os.environ.get(MARK):
        # a frame of an empty scene page does not count: the building must be on it
        once = Qt.ConnectionType.SingleShotConnection
        window.filled.connect(lambda: view.surface.painted.connect(record_first_frame, once), once)
    return view


def _building_ahead(window: MainWindow) -> BuildingAhead | None:
    """Begins to prepare the building of the open project, if one is open, while the 3D view is imported and created."""
    asked = window.building.fetch_ahead()
    from app.view.scene.building_ahead import BuildingAhead
    from app.view.scene.structure.storey_stack import Look

    look = Look(storey=window.feed.selection.state.storey)
    return BuildingAhead(*asked, window.feed.api.compute, style.current_theme(), look) if asked else None


def record_first_frame(_took_ms: float = 0.0) -> None:
    """Prints the time and CPU time of the first painted 3D frame to stdout, for the benchmark."""
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
    portfolio: PortfolioSource | None = None,
) -> WindowEnd:
    """Shows the window until it is closed and returns its final state. `opening`: a project is being opened; `drawing`:
    it is opened in the plan editor; `painted` is called after the first 3D frame; `ended` returns whether the window
    was told to close before it could react. With `own_engine`, closing asks whether to record on; `stop_engine` stops
    a separate background engine."""
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
    window.make_portfolio = portfolio
    QTimer.singleShot(2 * AHEAD_MS, window, partial(_follow_sites, window, portfolio))
    QTimer.singleShot(2 * AHEAD_MS, window, partial(_tell_crashes, window))
    for id in ("sites", "attach"):
        window.actions_by_id[id].setVisible(portfolio is not None)
    window.pages.welcome.attach.setVisible(portfolio is not None)
    with handling(partial(end_soon, window)):  # logout, a polite kill and Ctrl+C
        if ended():
            end_soon(window)
        app.exec()
    end = _end_of(window, own_engine=own_engine)
    window.close()
    window.deleteLater()
    delete_closed_widgets(app)
    return end


def end_soon(window: MainWindow) -> None:
    """Ends the window in a turn of its own: Python runs the handler of a signal in the middle of a frame, which would go on with
    a view that has been released."""
    QTimer.singleShot(0, window, window.end)


def _follow_sites(window: MainWindow, portfolio: PortfolioSource | None) -> None:
    if portfolio is not None and portfolio.has_sites():
        window.follow_sites()


def _tell_crashes(window: MainWindow) -> None:
    def tell(problems: Iterable[Problem]) -> None:
        for problem in problems:
            window.feed.raise_problem(problem)

    window.feed.when(window.feed.api.compute(crash_reports.found), tell)


def _ask_when_closed(window: MainWindow) -> None:
    """Asks before the window closes; the question's module is imported when it is first needed."""

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
    """Releases the window's late modules after the first frame, or at once if another page than the scene is shown."""
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
    """Resizes the window to fit on the screen, frame included."""
    if (screen := window.screen()) is not None:  # pyright: ignore[reportUnnecessaryComparison]
        room = screen.availableGeometry()
        window.resize(min(window.width(), room.width()), min(window.height(), room.height() - FRAME_PX))


def delete_closed_widgets(app: QApplication) -> None:
    """Deletes closed widgets, which deleteLater does not do outside of an event loop."""
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # pyright: ignore[reportArgumentType, reportCallIssue]
    app.processEvents()
