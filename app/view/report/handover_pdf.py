"""Writes the hand-over report as PDF in the current language: cover, plans, devices per room, open points."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from app.i18n import tr
from app.view.formatting import format_date, format_protocol, kind_title
from app.view.report.checkout_photos import PhotoOf, draw_photos
from app.view.report.pdf_pages import BAD, GOOD, GREY, HEADING_PT, INK, TITLE_PT, PdfPages
from app.view.report.plan_drawing import TONES, draw_plan
from app.view.site_clock import site_moment
from twin.files import atomic
from twin.files.errors import os_problem
from twin.model.checkout import Answer, CheckoutVerdict
from twin.model.kind import KINDS
from twin.model.problem import Problem, ProblemError
from twin.share import handover_table
from twin.share.handover import HandoverReport, OpenPoint, ReportDevice, ReportPoint, ReportRoom, ReportStorey

SHARES = (0.7, 2.2, 2.3, 1.8, 1.2, 1.4, 3.0)
"""Relative widths of the device table's columns."""


class ReportProgress:
    """Progress of a report, shared by the thread that writes and the one that shows it: each sets what the other reads."""

    def __init__(self, show: Callable[[float], object] = lambda fraction: None) -> None:
        """`show` is told of each step, on the thread that writes."""
        self._show, self.fraction = show, 0.0
        """Share of the report that is written, 0 to 1."""
        self.cancelled = False
        """Set to stop; the report then ends with the problem `report.cancelled`."""

    def advance(self, fraction: float) -> None:
        """Sets the fraction. Raises ProblemError where the report was cancelled."""
        self.fraction = max(self.fraction, min(fraction, 1.0))
        self._show(self.fraction)
        if self.cancelled:
            raise ProblemError(Problem(code="report.cancelled", retry=True))


def no_photos(_: str) -> bytes | None:
    """Leaves the photos of the checkout out of the report."""
    return None


def write_handover(
    report: HandoverReport,
    out: Path,
    progress: ReportProgress,
    *,
    photo_of: PhotoOf = no_photos,
    force: bool = False,
    never: Iterable[Path] = (),
) -> tuple[Path, Path]:
    """Writes the PDF, and the CSV of the same name beside it; returns both paths. Neither is changed where one cannot be
    written or the report is cancelled. `photo_of` reads a photo of the checkout and may block. Raises ProblemError. Runs on
    any thread.
    """
    table = out.with_suffix(".csv")
    kept = tuple(never)
    try:
        with (
            atomic.replacing(out, atomic.PDF, force=force, never=kept) as part,
            atomic.replacing(table, atomic.HANDOVER_TABLE, force=force, never=kept) as table_part,
        ):
            atomic.fill(table_part, handover_table.table_text(report))
            atomic.fill(part, _pdf(report, progress, photo_of))
            for written in (table_part, part):  # both are on disk before the first is renamed
                atomic.sync(written)
            progress.advance(1.0)
    except OSError as error:
        raise ProblemError(os_problem(error, out, code="report.unwritable")) from error
    return out, table


def _pdf(report: HandoverReport, progress: ReportProgress, photo_of: PhotoOf) -> bytes:
    title = tr("Hand-over report")
    footer = f"{report.name} · {title} · {_date(report.time_ms)}"
    taken = sum(bool(one.result.photo) for one in report.devices)
    photos = 0 if photo_of is no_photos else taken
    done, total = 0.0, 1.5 * len(report.devices) + len(report.open_points) + 2 * photos + 10

    def advanced(work: float) -> None:
        nonlocal done
        done += work
        progress.advance(0.95 * min(1.0, done / total))

    pages = PdfPages(f"{title}: {report.name}", footer, advanced)
    try:
        _cover(pages, report, left_out=taken - photos)
        for storey in report.storeys:
            if not storey.rooms and all(len(room.outline) < 3 for room in storey.plan):
                continue
            pages.new_page()
            pages.text(storey.storey.name if storey.storey else tr("In no room"), HEADING_PT + 4, strong=True, gap=10.0)
            draw_plan(pages, storey)
            for room in storey.rooms:
                if room.devices:
                    _room(pages, room)
                if photos:
                    draw_photos(pages, room.devices, photo_of, with_codes=report.with_codes)
            _empty_rooms(pages, storey)
        _open_points(pages, report)
    except BaseException:
        pages.painter.end()
        raise
    return pages.finish()


def _cover(pages: PdfPages, report: HandoverReport, *, left_out: int) -> None:
    pages.y += 60.0
    pages.text(tr("Hand-over report"), TITLE_PT, strong=True, gap=6.0)
    pages.text(report.name, HEADING_PT + 3, gap=2.0)
    place = " · ".join(
        part for part in (report.place if report.place != report.name else "", _date(report.time_ms)) if part
    )
    pages.text(place, tone=GREY, gap=26.0)
    house = report.house
    head = (tr("Storey"), tr("Expected"), tr("Found"), tr("Tested"), tr("Passed"), tr("Failed"))
    rows: list[tuple[str, ...]] = []
    for storey in report.storeys:
        name = storey.storey.name if storey.storey else tr("In no room")
        counts = [[getattr(room.tally, field) for room in storey.rooms] for field in _COUNTS]
        rows.append((name, *(str(sum(column)) for column in counts)))
    rows.append((tr("The house"), *(str(getattr(house, field)) for field in _COUNTS)))
    pages.table(head, (3, 1, 1, 1, 1, 1), rows, [INK] * len(rows))
    open_points = len(report.open_points)
    said = tr("%n open points", open_points) if open_points else tr("No open points")
    pages.text(said, HEADING_PT, strong=True, tone=BAD if open_points else GOOD, gap=10.0)
    hidden = tr("Pairing codes are left out of names and notes.")
    codes = tr("This report contains pairing codes: keep it safe.") if report.with_codes else hidden
    photos = tr("%n photos of the checkout are kept in the project and not shown here.", left_out) if left_out else ""
    pages.text(" ".join(part for part in (codes, photos) if part), tone=GREY, gap=60.0)
    for who in (tr("Handed over by"), tr("Taken over by")):
        pages.need(60.0)
        pages.y += 34.0
        pages.rule()
        pages.y += 4.0
        pages.text(f"{who}, {tr('date, signature')}", tone=GREY)


_COUNTS = ("expected", "found", "tested", "passed", "failed")


def _room(pages: PdfPages, room: ReportRoom) -> None:
    one = room.tally
    counts = (
        tr("{count} expected", count=one.expected),
        tr("{count} found", count=one.found),
        tr("{count} tested", count=one.tested),
    )
    head = (tr("No."), tr("Device"), tr("Maker, model"), tr("Serial number"), tr("Firmware"), tr("Result"), tr("Note"))
    rows = [_device_cells(device) for device in room.devices]
    title = room.room.title if room.room is not None else ""
    heading = pages.text_height(title, HEADING_PT, strong=True) + pages.text_height(" · ".join(counts)) + 5.0
    pages.need(heading + pages.table_start(head, SHARES, rows[0]))
    if title:
        pages.text(title, HEADING_PT, strong=True, gap=1.0)
    pages.text(" · ".join(counts), tone=GREY, gap=4.0)
    pages.table(head, SHARES, rows, [TONES[device.verdict] for device in room.devices])


def _empty_rooms(pages: PdfPages, storey: ReportStorey) -> None:
    """Writes one table of the rooms without devices."""
    empty = [room for room in storey.rooms if not room.devices]
    if not empty:
        return
    rows = [
        (
            room.room.title if room.room is not None else tr("In no room"),
            str(room.tally.expected),
            str(room.tally.found),
        )
        for room in empty
    ]
    pages.table((tr("Room"), tr("Expected"), tr("Found")), (3, 1, 1), rows, [INK] * len(rows))


def _device_cells(one: ReportDevice) -> tuple[str, ...]:
    device, result = one.device, one.result
    words = {
        CheckoutVerdict.OPEN: tr("Not tested"),
        CheckoutVerdict.PASSED: tr("Passed"),
        CheckoutVerdict.FAILED: tr("Failed"),
    }
    titles = {"seen": tr("Seen"), "plausible": tr("Plausible"), "right_room": tr("In the right room")}
    wrong = [title for field, title in titles.items() if getattr(result, field) is Answer.NO]
    when = f"{_date(result.time_ms)}{', ' if result.author else ''}{result.author}" if result.time_ms else ""
    notes = (*(f"{title}: {tr('No')}" for title in wrong), result.note, when)
    kind = KINDS.get(device.kind)
    product = " ".join(part for part in (device.maker, device.model) if part)
    return (
        str(one.number),
        "\n".join(part for part in (device.name, tr(kind.title, about="kind") if kind else "") if part),
        "\n".join(part for part in (product, format_protocol(device.protocol)) if part),
        device.serial or "–",
        device.firmware or "–",
        words[one.verdict],
        "\n".join(part for part in notes if part),
    )


def _open_points(pages: PdfPages, report: HandoverReport) -> None:
    if not report.open_points:
        return
    pages.new_page()
    pages.text(tr("Open points"), HEADING_PT + 4, strong=True, gap=10.0)
    words = {
        OpenPoint.FAILED: tr("Failed"), OpenPoint.OFFLINE: tr("Offline"), OpenPoint.MOVED: tr("Moved since it was tested"),
        OpenPoint.REPLACED: tr("Replaced since it was tested"), OpenPoint.OTHER_KIND: tr("Not the planned kind"),
        OpenPoint.UNTESTED: tr("Not tested"), OpenPoint.UNPLACED: tr("In no room"), OpenPoint.UNFILLED: tr("Planned, no device"),
    }  # fmt: skip
    rows = [
        (str(one.number) if one.number else "", one.name, one.room, words[one.kind], one.note or _planned_kind(one))
        for one in report.open_points
    ]
    tones = [BAD if one.kind is OpenPoint.FAILED else INK for one in report.open_points]
    pages.table(
        (tr("No."), tr("Device"), tr("Room"), tr("Open point"), tr("Note")), (0.7, 2.4, 2.0, 1.8, 3.2), rows, tones
    )


def _planned_kind(point: ReportPoint) -> str:
    return tr("planned is: {kind}", kind=kind_title(point.planned)) if point.planned else ""


def _date(time_ms: int) -> str:
    return format_date(site_moment(time_ms), "yMMMd")
