"""`oikos shot`: renders the real window off screen and saves it as a picture."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSize, Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.api import EngineApi
from app.inbox import Inbox
from app.selection import Selection
from app.settings import Settings
from app.view import startup
from app.view.actions.export_actions import save_picture, unsaved
from app.view.garbage_collection import GarbageCollection
from app.view.panel.panel_table import ACTIVITIES, PANELS
from app.view.panel.top_bar import COMFORT
from app.view.window import MainWindow
from twin.model.capability import CAPABILITIES
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

QUIET_S = 0.4
LONGEST_S = 30.0
LIGHT_S, FINE_S = 120.0, 7200.0
"""Maximum time in seconds to wait for the light of one storey, and for that of print quality."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenshotOptions:
    """Options of a screenshot; empty fields are a new window's default, whatever was looked at last."""

    size: tuple[int, int] = (1280, 800)
    theme: str = "light"
    lang: str = "en"
    storey: str = ""
    colour_by: str | None = None
    smooth: bool = False
    """Whether colours are interpolated between sensors."""
    panel: str = ""
    device: str = ""
    room: str = ""
    at_ms: int | None = None
    compare_ms: int | None = None
    """The second moment (UTC ms), to show the change between two; None shows one moment."""
    view: str = "twin"
    """`twin` from the usual side, `top` from above, `walk` from inside, `editor` for the plan editor."""
    exploded: bool = False
    ghosts: bool = False
    sky: str = "studio"
    """Lighting: `studio`, `auto` by place and time, `day` or `night`."""
    viewpoint: str = ""
    fine: bool = False
    """Whether its light is of print quality, which takes minutes."""


def take_screenshot(
    api: EngineApi,
    inbox: Inbox,
    out: Path,
    view: ScreenshotOptions,
    *,
    settings: Settings | None = None,
    force: bool = False,
) -> tuple[int, int]:
    """Saves the picture and returns its size in pixels; ProblemError for an unknown option value or an unwritable file.
    `force` replaces a file that is no picture.

    Must run on the main thread. Works under QT_QPA_PLATFORM=offscreen.
    """
    app = startup.application()
    used = settings or Settings()
    startup.apply_appearance(app, used, theme=view.theme, language=view.lang)
    selection = Selection()
    window = startup.build(api, inbox, selection, Settings(), opening=True)
    GarbageCollection(window).begin()
    try:
        window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen, app.platformName() != "offscreen")
        window.resize(QSize(*view.size))
        window.show()
        startup.attach_scene(window, keeps_view=False)
        wait_until(window.is_filled)
        _arrange(window, selection, view)
        _stand(window, api, view)
        if view.view == "editor":
            _edit(window, view.storey)
        wait_until(lambda: window.feed.is_quiet())
        wait_until_still()
        return _save(window, out, force=force)
    finally:
        window.close()
        window.deleteLater()
        startup.delete_closed_widgets(app)


def _arrange(window: MainWindow, selection: Selection, view: ScreenshotOptions) -> None:
    twin = window.feed.twin
    if view.storey:
        wanted = view.storey.casefold()
        storeys = [s for s in twin.storeys if wanted in (s.id.casefold(), s.name.casefold())]
        if not storeys:
            raise ProblemError(_unknown("shot.storey", view.storey, [s.name for s in twin.storeys]))
        selection.change(storey=storeys[0].id)
    if view.colour_by is not None:
        if view.colour_by and view.colour_by not in (known := {*CAPABILITIES, COMFORT}):
            raise ProblemError(_unknown("shot.colour_by", view.colour_by, sorted(known)))
        selection.change(colour_by=view.colour_by)
    selection.change(smooth=view.smooth)
    if view.device:
        if (device := twin.find_device(view.device)) is None:
            raise ProblemError(_unknown("shot.device", view.device, [d.name for d in twin.devices]))
        selection.pick_device(device.id)
    if view.room:
        if (room := twin.find_room(view.room)) is None:
            raise ProblemError(_unknown("shot.room", view.room, [r.title for r in twin.rooms]))
        selection.pick_room(room.id)
    if view.panel:
        _open(window, view.panel)
    if view.at_ms is not None:
        selection.change(moment_ms=view.at_ms)
    if view.compare_ms is not None:
        selection.change(compare_ms=view.compare_ms)
    window.frame_scene()


def _stand(window: MainWindow, api: EngineApi, view: ScreenshotOptions) -> None:
    """Sets lighting, camera and display options of the 3D view, and waits until it is painted."""
    scene = window.scene
    if scene is None:
        return
    scene.set_fine(view.fine)
    scene.set_sky(view.sky)
    scene.set_ghosts(view.ghosts)
    if view.exploded:
        scene.set_exploded(True)
    if view.viewpoint:
        from app.view.scene.tools.viewpoint import read

        points = read(api.setting("viewpoints").result(LONGEST_S))
        wanted = [point for point in points if point.name.casefold() == view.viewpoint.casefold()]
        if not wanted:
            raise ProblemError(_unknown("shot.viewpoint", view.viewpoint, [point.name for point in points]))
        scene.visit(wanted[0])
    elif view.view == "top":
        scene.from_above()
    elif view.view == "walk":
        scene.walk(True)
    scene.wait_painted()
    most_s = FINE_S if view.fine else LIGHT_S
    while scene.awaits_light and wait_until(lambda: not scene.awaits_light, most_s):
        scene.wait_painted()


def _edit(window: MainWindow, storey: str) -> None:
    window.effects.edit_plan()
    wait_until(lambda: window.editor is not None or window.feed.is_quiet())
    if (editor := window.editor) is None:
        raise ProblemError(_undrawn())
    for drawn in editor.draft.drawing.storeys:
        if storey and drawn.name.casefold() == storey.casefold():
            editor.draft.show_storey(drawn.id)
    wait_until(lambda: editor.draft.sketch is not None)
    wait_until_still()
    editor.canvas.fit()
    if editor.scene is not None:
        wait_until(lambda: not editor.is_growing)
        editor.scene.wait_painted()


def _open(window: MainWindow, name: str) -> None:
    activities = [row.name for row in ACTIVITIES]
    panels = [place.name for place in PANELS]
    if name in activities:
        window.show_activity(name)
    elif name in panels:
        window.show_panel(name, True)
    else:
        raise ProblemError(_unknown("shot.panel", name, sorted({*activities, *panels})))
    wait_until(window.feed.is_quiet)  # the panel may have to be loaded


def wait_until(ready: Callable[[], bool], longest_s: float = LONGEST_S) -> bool:
    """Processes events until `ready` or for `longest_s` seconds; returns whether it became ready."""
    until = time.monotonic() + longest_s
    while not ready():
        if time.monotonic() > until:
            return False
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
    return True


def wait_until_still(quiet_s: float = QUIET_S) -> None:
    """Processes events for `quiet_s` seconds so that animations, labels and charts can finish."""
    loop = QEventLoop()
    QTimer.singleShot(round(quiet_s * 1000), loop.quit)
    loop.exec()


def _save(window: MainWindow, out: Path, *, force: bool) -> tuple[int, int]:
    window.finish_scene()
    picture = window.grab().toImage()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProblemError(unsaved(out, error)) from error
    save_picture(picture, out, force=force)
    return picture.width(), picture.height()


def _unknown(code: str, given: str, known: list[str]) -> Problem:
    remedy = Text("shot.choose", known=known[:40]) if known else Text("shot.none")
    return Problem(code=code, args={"name": given[:60]}, remedy=remedy)


def _undrawn() -> Problem:
    return Problem(code="shot.undrawn")
