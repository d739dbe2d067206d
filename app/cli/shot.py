"""`oikos shot`: the real window, rendered off screen, saved as a picture."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.framework.beside_engine import is_url
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from twin.files import atomic
from twin.model.problem import ProblemError

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from app.server.remote_engine import RemoteEngine
    from app.settings import Settings

LARGEST = 8192


def size(text: str) -> tuple[int, int]:
    """(width, height) in pixels of the text WIDTHxHEIGHT."""
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError as error:
        raise argparse.ArgumentTypeError(translate("cli.usage.size")) from error
    if not (320 <= width <= LARGEST and 240 <= height <= LARGEST):
        raise argparse.ArgumentTypeError(translate("cli.usage.size_range", most=LARGEST))
    return width, height


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: project, picture file and view."""
    from app.cli.framework.parsing import instant, seconds

    parser.add_argument("project")
    parser.add_argument("out", help="picture to write, usually name.png")
    parser.add_argument("--size", type=size, default=(1280, 800), metavar="WxH", help="pixels (1280x800)")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--storey", default="", metavar="S", help="storey in focus, by name")
    parser.add_argument("--colour-by", dest="colour_by", metavar="CAP", help="capability that colours the rooms")
    parser.add_argument("--smooth", action="store_true", help="colours run from sensor to sensor")
    parser.add_argument("--panel", default="", metavar="NAME", help="activity or panel that is open")
    parser.add_argument("--device", default="", metavar="D", help="device that is selected")
    parser.add_argument("--room", default="", metavar="R", help="room that is selected")
    parser.add_argument("--at", dest="at_ms", type=instant, metavar="TIME", help="a past moment instead of now")
    parser.add_argument(
        "--compare", dest="compare_ms", type=instant, metavar="TIME", help="the change since (or until) another moment"
    )
    parser.add_argument(
        "--view",
        choices=("twin", "top", "walk", "editor"),
        default="twin",
        help="from the usual side, from above, from inside, or its plan (twin)",
    )
    parser.add_argument("--viewpoint", default="", metavar="NAME", help="a kept view, by name")
    parser.add_argument("--exploded", action="store_true", help="storeys pulled apart")
    parser.add_argument("--ghosts", action="store_true", help="storeys around the one in focus as shells")
    parser.add_argument(
        "--sky",
        choices=("studio", "auto", "day", "night"),
        default="studio",
        help="light: a drawing's, or of place and time (studio)",
    )
    parser.add_argument("--night", dest="sky", action="store_const", const="night", help="the same as --sky night")
    parser.add_argument("--fine", action="store_true", help="with light of print quality (takes minutes)")
    parser.add_argument("--force", action="store_true", help="replace a file that is no picture (never a project)")
    parser.add_argument("--live", type=seconds, metavar="S", help="let the devices speak for so long first")


def run(args: argparse.Namespace) -> Outcome:
    """Renders with the last known values, or live; uses a copy where another program has the project open."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    from app.cli.framework.project_access import reading
    from app.cli.framework.window_launch import ready
    from app.engine.exporting import own_files

    never: tuple[Path, ...] = ()
    if not is_url(args.project):
        with reading(args.project) as found:  # before a minute of work
            never = own_files(found.project)
    atomic.check_target(Path(args.out), atomic.PICTURE, force=args.force, never=never)
    ready(on_screen=False)
    width, height = _picture(args)
    document = {"file": args.out, "width": width, "height": height}
    return Outcome(document, (f"{args.out}  {width}x{height}",))


def _picture(args: argparse.Namespace) -> tuple[int, int]:
    """Takes the picture from the engine that has the project open, else from the project's files."""
    if is_url(args.project):
        from app.cli.framework.far_engine import attached_far

        with attached_far(args.project) as far:
            return _photographed(args, far)
    remote = _attached(args.project)  # with the light that is kept there, and light that is baked is kept there
    if remote is None:
        with _free(args.project) as project:
            return _taken(args, project)
    try:
        return _photographed(args, remote)
    finally:
        remote.stop()


def _attached(project: str) -> RemoteEngine | None:
    """A client of the engine that has the project open; None where there is none that accepts it."""
    from app.engine.clock import utc_ms
    from app.server.background_engine import running
    from app.server.door_address import door_of
    from app.server.remote_engine import RemoteEngine
    from twin.store.file_names import project_file

    path = project_file(Path(project))
    try:
        if running(path) is None:
            return None
        remote = RemoteEngine.of(lambda: door_of(path), utc_ms)
        attached = remote.start()
    except ProblemError:  # of another version
        return None
    if attached.exception() is not None:
        remote.stop()
        return None
    return remote


def _taken(args: argparse.Namespace, project: str) -> tuple[int, int]:
    from app.cli.framework.project_access import working
    from app.cli.run import recorded
    from app.settings import Settings

    with working(project, links=None if args.live else [], automations=False) as engine:  # a picture commands nothing
        if args.live:
            recorded(engine, args.live)
            engine.show_again()
        passing = Settings(values=dict(engine.settings.values))  # a picture changes no settings
        return _photographed(args, engine, passing)


def _photographed(
    args: argparse.Namespace, engine: Engine | RemoteEngine, settings: Settings | None = None
) -> tuple[int, int]:
    from app.settings import Settings, home
    from app.view.screenshot import ScreenshotOptions, take_screenshot

    view = ScreenshotOptions(
        size=args.size,
        theme=args.theme,
        lang=args.lang or "en",
        storey=args.storey,
        colour_by=args.colour_by,
        smooth=args.smooth,
        panel=args.panel,
        device=args.device,
        room=args.room,
        viewpoint=args.viewpoint,
        exploded=args.exploded,
        ghosts=args.ghosts,
        sky=args.sky,
        fine=args.fine,
        at_ms=args.at_ms,
        compare_ms=args.compare_ms,
        view=args.view,
    )
    used = settings or Settings(values=dict(Settings.load(home()).values))
    return take_screenshot(engine, engine.inbox, Path(args.out), view, settings=used, force=args.force)


@contextmanager
def _free(project: str) -> Generator[str]:
    """Path of the project if no program has it open, else of a temporary copy."""
    from app.cli.framework.project_access import editing, reading
    from twin.store.file_names import history_file

    try:
        with editing(project):
            pass
    except ProblemError:
        with tempfile.TemporaryDirectory(prefix="oikos-shot-") as folder, reading(project) as found:
            copy = Path(folder) / Path(project).name
            found.project.backup(copy)
            if found.history is not None:
                found.history.backup(history_file(copy))
            yield str(copy)
    else:
        yield project


VERB = Verb(sentence="the real window as a picture, rendered off screen", arguments=arguments, run=run)
