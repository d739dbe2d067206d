"""Opens the window: checks that this machine can show one, then starts engine and screen."""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from app import crash_reports
from app.cli.framework.preload import preload
from app.cli.framework.project_race import VERB_S, ends_soon, is_taken_before
from app.cli.framework.verb import Outcome
from app.cli.framework.window_mark import is_window_open, marked_open
from app.portfolio.portfolio_opening import own_portfolio, tell_shown
from app.server.door_address import ENGINE_PROGRAMS
from app.settings import BACKGROUND, Settings, home
from app.stop_signals import TERMINATION, handling
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from app.server.door import Verbs
    from app.view.startup import WindowEnd

DRAWING = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
}
"""Libraries that Qt and VTK load for drawing, and the Debian package of each."""

SHOWING = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""Libraries that Qt's X11 window also needs, tested beforehand as Qt ends the process without one."""

UNSEEN_S = 10.0
"""Longest time (seconds) that links wait for the first frame; a window that starts hidden paints none."""
DOOR_S = 3.0
"""Time (seconds) to wait for the door of an engine that has the project locked."""
SWITCH_S = 0.0005
"""Python's thread switch interval (seconds): the screen needs the interpreter lock thousands of times per frame and
must not wait the usual 5 ms each time."""


type Opening = Callable[[Engine], Future[None]]


@crash_reports.kept()
def show(
    project: Path | None,
    *,
    opening: Opening | None = None,
    draw: bool = False,
    over: Path | None = None,
) -> Outcome:
    """Opens the window on `project`, on what `opening` opens, or on the last project, until it is closed. With `draw`
    it starts in the drawing page, over the picture `over` where one is given.
    """
    ready(on_screen=True)
    settings = Settings.load(home())
    named = project or (None if opening else _last(settings))
    starting = _start_in_background(named, settings) if opening is None and named is not None and not draw else None
    import_module("shiboken6")  # goes through all modules: one that a thread imported meanwhile would end the program
    preload()
    sys.setswitchinterval(SWITCH_S)
    gc.disable()  # nearly everything that a start makes lives until the end: looking through it costs 0.1 s
    if opening is None and named is not None and (attached := reached(named, starting)) is not None:
        return _show_attached(attached, settings, starting, drawing=draw, over=over)
    return _show_own(settings, opening or (_opened(named) if named else None), draw=draw, over=over, named=named)


def _opened(project: Path) -> Opening:
    return lambda engine: engine.open(project)


def _show_own(
    settings: Settings, opening: Opening | None, *, draw: bool, over: Path | None, named: Path | None = None
) -> Outcome:
    """The window with an engine of its own; its recording is handed over at the end where the user wants that. Attached
    instead where another engine took the project `named` just before."""
    from app.engine.engine import Engine

    engine = Engine(home(), settings=settings, patience_s=UNSEEN_S)
    engine.start()
    engine.listen(lambda: _verbs_of(engine))
    engine.wait_for_verbs(ends_soon, VERB_S)
    ended = threading.Event()
    with handling(ended.set, TERMINATION):  # the screen hears them itself, and Ctrl+C, while its event loop runs
        try:
            begun = opening(engine) if opening else None
            if begun is not None:
                begun.add_done_callback(lambda done: _report_problems(engine, done))
            import_module("app.view.startup")  # takes longer than locking does: then the lock is looked at
            if named is not None and begun is not None and _attaches_instead(named, begun):
                engine.stop()
                return _show_attached(named, settings, None, drawing=draw, over=over)
            end = _run_own(engine, settings, begun, str(over.absolute()) if over else "", ended.is_set, draw=draw)
        except BaseException:
            engine.stop()
            raise
        problems = engine.stop()
        if end.keeps_recording:
            problems += _hand_over(Path(end.project), tray=end.tray)
        return Outcome(problems=problems)


def _attaches_instead(project: Path, begun: Future[None]) -> bool:
    """Whether another program took the project's lock before us and has a door, or will have."""
    return is_taken_before(project, begun) and (bool(opening_path(project, None)) or _lets_in(project))


def _run_own(
    engine: Engine, settings: Settings, begun: Future[None] | None, over: str, ended: Callable[[], bool], *, draw: bool
) -> WindowEnd:
    from app.view import startup

    with own_portfolio(home()) as portfolio:
        return startup.run(
            engine, engine.inbox, settings, opening=begun is not None,
            drawing=startup.PendingDrawing(begun, over) if draw and begun is not None else None,
            painted=engine.start_links,
            ended=ended,
            own_engine=True,
            portfolio=portfolio,
        )  # fmt: skip


def _verbs_of(engine: Engine) -> Verbs:
    from app.cli.framework.engine_verbs import verbs_of

    return verbs_of(engine)


def _start_in_background(project: Path, settings: Settings) -> subprocess.Popen[bytes] | None:
    """Starts an engine that outlives the window, if the settings allow it and the project is not open; the process
    returned ends once that engine has opened its door, or failed."""
    from twin.store.file_lock import read_holder
    from twin.store.file_names import project_file

    path = project_file(project)
    if settings.text(BACKGROUND) != "always" or not path.is_file():
        return None
    if (holder := read_holder(path)) is not None and holder.here and holder.alive:
        return None
    from app.server.background_engine import detached

    return detached(["run", str(path), "--background", "--json"], path.parent)


def _hand_over(project: Path, *, tray: bool) -> tuple[Problem, ...]:
    """Starts a background engine for the project that ours has just closed; returns the problems."""
    from app.server.background_engine import start

    try:
        start(project)
    except ProblemError as error:
        return error.problems
    if tray:
        _leave_icon(project)
    return ()


def _leave_icon(project: Path) -> None:
    """Starts the tray icon of the project's engine; an existing icon stays the only one."""
    from app.server.background_engine import detached

    detached(["tray", str(project)], project.parent).returncode = 0  # it lives on: nobody here waits for it


def show_icon(path: Path) -> Outcome:
    """Shows the tray icon of the engine that has the project open, until that engine ends."""
    from app.engine.clock import utc_ms
    from app.server import background_engine
    from app.server.door_address import door_of, file_name
    from app.server.remote_engine import RemoteEngine
    from twin.files import atomic

    ready(on_screen=True)
    from app.view import startup, tray_icon

    with atomic.exclusive(home() / "run" / file_name(path, ".tray"), timeout_s=0.0):
        startup.apply_appearance(startup.application(opengl=False), Settings.load(home()))
        remote = RemoteEngine.of(lambda: door_of(path), utc_ms)
        try:
            remote.start().result()
            tray_icon.run(
                remote, remote.inbox, settings=lambda: Settings.load(home()), is_window_open=lambda: is_window_open(path),
                open_window=lambda: setattr(background_engine.detached([str(path)], path.parent), "returncode", 0),
                stop_engine=lambda: remote.compute(lambda: _stop(path)),
            )  # fmt: skip
        finally:
            remote.stop()
    return Outcome()


def reached(project: Path, starting: subprocess.Popen[bytes] | None) -> Path | None:
    """Path of the project if an engine has it open and accepts clients, or is opening it; else None. Waits up to
    DOOR_S, for no verb. `starting` is a process that starts one.
    """
    from twin.store.file_names import project_file

    path, pause, end = project_file(project), threading.Event(), time.monotonic() + DOOR_S
    while _is_held(path) or (starting is not None and starting.poll() is None):
        if _lets_in(path):
            return path
        if time.monotonic() > end:
            return path if opening_path(path, starting) else None
        pause.wait(0.05)
    return path if _lets_in(path) else None


def _is_held(path: Path) -> bool:
    """Whether a program has the project open that does not end by itself soon."""
    from twin.store.file_lock import read_holder

    return (holder := read_holder(path)) is not None and holder.here and holder.alive and not ends_soon(holder)


def opening_path(path: Path, starting: subprocess.Popen[bytes] | None) -> str:
    """Path of the project while a background engine starts or opens it (minutes for an old one), without a door; else ''."""
    from twin.store.file_lock import read_holder

    holder = read_holder(path)
    if holder is not None and holder.here and holder.alive:
        return str(path) if holder.program in ENGINE_PROGRAMS and not holder.door else ""
    return str(path) if starting is not None and starting.poll() is None else ""


def _lets_in(path: Path) -> bool:
    from app.server.door_address import door_of

    if (address := door_of(path)) is None:
        return False
    from app.server.thin_client import connected

    connection = connected(address)
    if connection is not None:
        connection.close()
    return connection is not None


def _show_attached(
    path: Path, settings: Settings, starting: subprocess.Popen[bytes] | None, *, drawing: bool, over: Path | None
) -> Outcome:
    """Runs a window attached to the engine that has the project open; closing it leaves the engine running."""
    from app.engine.clock import utc_ms
    from app.server.door_address import door_of, file_name
    from app.server.remote_engine import RemoteEngine

    outlives = bool(opening_path(path, starting)) or _outlives(path)
    remote = RemoteEngine.of(
        lambda: door_of(path),
        utc_ms,
        home() / "cache" / "engine" / file_name(path, ""),
        _other_window,
        lambda: opening_path(path, starting),
    )
    begun, ended = remote.start(), threading.Event()
    with handling(ended.set, TERMINATION):
        try:
            from app.view import startup

            pending = startup.PendingDrawing(begun, str(over.absolute()) if over else "") if drawing else None
            with own_portfolio(home()) as portfolio, marked_open(path):
                end = startup.run(
                    remote,
                    remote.inbox,
                    settings,
                    opening=True,
                    drawing=pending,
                    ended=ended.is_set,
                    stop_engine=(lambda: remote.compute(lambda: _stop(path))) if outlives else None,
                    portfolio=portfolio,
                )
        finally:
            problems = remote.stop()
        if end.tray and _outlives(path):
            _leave_icon(path)
        return Outcome(problems=problems)


@crash_reports.kept()
def show_far(url: str) -> Outcome:
    """Runs a window attached to an engine of another machine; closing it leaves the engine running. ProblemError where
    this computer was never attached to it."""
    from app.engine.clock import utc_ms
    from app.engine.machine_secrets import open_secrets
    from app.server.known_engines import cache_folder, known_engine
    from app.server.network_engine import NetworkEngine

    address = known_engine(url, home(), open_secrets)
    ready(on_screen=True)
    settings = Settings.load(home())
    preload()
    sys.setswitchinterval(SWITCH_S)
    remote, ended = NetworkEngine.at(address, utc_ms, cache_folder(home(), address.url)), threading.Event()
    remote.start()
    with handling(ended.set, TERMINATION):
        try:
            from app.view import startup

            with own_portfolio(home()) as portfolio:
                startup.run(
                    remote, remote.inbox, settings,
                    opening=True, painted=tell_shown, ended=ended.is_set, portfolio=portfolio,
                )  # fmt: skip
        finally:
            problems = remote.stop()
        return Outcome(problems=problems)


def _other_window(project: str, made_from: str) -> None:
    """Opens a project in another window and process, making it first if `made_from` is given."""
    from app.server.background_engine import detached, errors_in
    from app.server.remote_engine import DEMO, NEW

    folder = Path(project).absolute().parent
    words = ["demo", f"--{project}"] if made_from == DEMO else [str(Path(project).absolute())]
    if made_from not in ("", DEMO):
        source = [] if made_from == NEW else ["--from", str(Path(made_from).absolute())]
        making = detached(["new", *words, *source, "--json"], folder, subprocess.PIPE)
        said, _ = making.communicate()
        if making.returncode != 0:
            raise ProblemError(*errors_in(said))
    detached(words, folder).returncode = 0  # it lives on: nobody here waits for it


def _stop(path: Path) -> None:
    """Ends the engine, or the service that runs it; ProblemError where that fails."""
    from app.server.background_engine import detached, errors_in

    stopping = detached(["service", "stop", str(path), "--json"], path.parent, subprocess.PIPE)
    said, _ = stopping.communicate()
    if stopping.returncode != 0:
        raise ProblemError(*errors_in(said))


def _outlives(path: Path) -> bool:
    """Whether the project's engine runs without a window."""
    from app.server.background_engine import running

    holder = running(path)
    return holder is not None and holder.program in ENGINE_PROGRAMS


def ready(*, on_screen: bool) -> None:
    """Raises ProblemError, with the remedy, where this machine cannot draw (or show) a window."""
    if sys.platform != "linux":
        return
    offscreen = os.environ.get("QT_QPA_PLATFORM", "").startswith(("offscreen", "minimal", "vnc"))
    wanted = dict(DRAWING)
    if on_screen and not offscreen:
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            raise ProblemError(Problem(code="window.display"))
        if os.environ.get("DISPLAY"):
            wanted |= SHOWING
    if missing := [package for library, package in wanted.items() if not _loads(library)]:
        raise ProblemError(Problem(code="window.library", args={"packages": " ".join(missing)}))


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _last(settings: Settings) -> Path | None:
    path = Path(settings.text("last_project") or ".")
    return path if path.is_file() else None


def _report_problems(engine: Engine, done: Future[None]) -> None:
    error = None if done.cancelled() else done.exception()
    if error is not None and not isinstance(error, ProblemError):  # a problem has its own page in the window
        engine.context.report_unhandled(error, "opening the project")
