"""`oikos report`: the hand-over report as PDF and CSV; energy, comfort, alarms and availability as PDF or workbook; schedules."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.framework import building_reports
from app.cli.framework.beside_engine import is_url
from app.cli.framework.building_reports import JOB
from app.cli.framework.terminal_progress import terminal_progress
from app.cli.framework.verb import Outcome, Verb
from app.i18n import current_language, translate
from twin.files import atomic

if TYPE_CHECKING:
    from app.engine.reading import ProjectReader
    from app.server.remote_engine import RemoteEngine
    from twin.model.ids import DeviceId
    from twin.model.twin import Twin

HANDOVER, SCHEDULE = "handover", "schedule"
PHOTO_S = 60.0
"""Longest time (seconds) to wait for a photo from another machine."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: kind of report, project, file."""
    parser.set_defaults(refuse=parser.error)
    kinds = (HANDOVER, *building_reports.KINDS, SCHEDULE)
    parser.add_argument(
        "kind",
        choices=kinds,
        help="handover: plans, devices, test results, open points; schedule: what is made again and again",
    )
    parser.add_argument("project")
    parser.add_argument(
        "-o", "--out", metavar="FILE", help="name.pdf or name.xlsx; with handover name.csv is written beside it"
    )
    building_reports.schedule_arguments(parser)
    parser.add_argument(
        "--with-codes", dest="with_codes", action="store_true", help="leave pairing codes in names and notes"
    )
    parser.add_argument(
        "--photos",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="the photos of the checkout, but those of labels; printed digits alone are not found: look at them first",
    )
    parser.add_argument("--force", action="store_true", help="replace files of another kind (never a project)")


def run(args: argparse.Namespace) -> Outcome:
    """Writes the report, in the language of `--lang`, or lists and changes schedules."""
    if args.kind == SCHEDULE:
        return building_reports.scheduled(args)
    if not args.out or args.action is not None:
        args.refuse(translate("cli.usage.report_out"))
    return _handed_over(args) if args.kind == HANDOVER else building_reports.written_report(args)


def _handed_over(args: argparse.Namespace) -> Outcome:
    """Writes the hand-over report of the project's newest state; others may have it open."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from app.cli.framework.window_launch import ready
    from app.engine.clock import utc_ms
    from twin.share.handover import handover

    out = Path(args.out)
    out = out if out.suffix.lower() == ".pdf" else out.with_name(f"{out.name}.pdf")
    with _source(args.project) as found:
        report = handover(found.twin, utc_ms(), found.offline, with_codes=args.with_codes)
        atomic.check_target(out, atomic.PDF, force=args.force, never=found.never)
        ready(on_screen=False)
        from app.settings import TEMPERATURE_UNIT, Settings, home
        from app.view.i18n import set_language
        from app.view.report.handover_pdf import ReportProgress, no_photos, write_handover
        from app.view.site_clock import set_site
        from app.view.startup import application

        application()  # fonts need one
        set_site(found.twin.site)
        set_language(current_language(), Settings.load(home()).text(TEMPERATURE_UNIT))
        photo_of, title = found.photo_of if args.photos else no_photos, translate("job.report")
        with terminal_progress(JOB, as_json=args.json) as show:
            progress = ReportProgress(lambda share: show(title, share))
            pdf, table = write_handover(report, out, progress, photo_of=photo_of, force=args.force, never=found.never)
    house = report.house
    left_out = 0 if args.photos else sum(bool(one.result.photo) for one in report.devices)
    document = {
        "file": str(pdf),
        "table": str(table),
        "devices": len(report.devices),
        "tested": house.tested,
        "failed": house.failed,
        "open_points": len(report.open_points),
        "photos_left_out": left_out,
    }
    lines = [translate("cli.report.written", file=str(pdf), table=str(table), n=len(report.open_points))]
    lines += [translate("cli.report.photos_left_out", n=left_out)] if left_out else []
    return Outcome(document, tuple(lines))


@dataclass(frozen=True, slots=True)
class _Source:
    """What the report is made of."""

    twin: Twin
    offline: Collection[DeviceId]
    photo_of: Callable[[str], bytes | None]
    never: tuple[Path, ...] = ()
    """Files that are never replaced."""


@contextmanager
def _source(project: str) -> Generator[_Source]:
    """The project's files, read only, or the engine of another machine."""
    from app.engine.clock import utc_ms

    if is_url(project):
        from app.cli.framework.far_engine import attached_far

        with attached_far(project) as remote:
            photos = remote.checkout_photo
            yield _Source(remote.twin, offline_of(remote), lambda sha256: photos(sha256).result(PHOTO_S))
        return
    from app.cli.framework.project_access import reading
    from app.engine.exporting import own_files

    with reading(project) as found:
        photos = found.project.checkout_photo
        yield _Source(found.twin, _offline(found, utc_ms()), photos, own_files(found.project))


def offline_of(remote: RemoteEngine) -> frozenset[DeviceId]:
    """Devices that a client was told to be offline since it attached."""
    from twin.model.change import DeviceOnline

    online = {one.device: one.online for one in remote.inbox.drain()[1] if isinstance(one, DeviceOnline)}
    return frozenset(device for device, is_online in online.items() if not is_online)


def _offline(found: ProjectReader, now_ms: int) -> frozenset[DeviceId]:
    """Devices whose last recorded presence is offline."""
    from app.engine.history_recorder import PRESENCE
    from twin.model.ids import point_id

    known = found.latest(found.twin.points, now_ms)
    samples = ((one.id, known.get(point_id(one.id, PRESENCE))) for one in found.twin.devices)
    return frozenset(id for id, sample in samples if sample is not None and not sample.value)


VERB = Verb(
    sentence="reports as PDF and workbook: hand-over, energy, comfort, alarms, availability; schedules",
    arguments=arguments,
    run=run,
)
