"""Work orders as a document: one with its place, log and photos, or a list of several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, tzinfo
from io import BytesIO

import numpy as np

from app.engine.problems import unknown
from app.engine.reports.report_parts import local, moment_text, report_labels
from app.i18n import current_language, locale_name, tr, translate
from app.i18n.numbers import format_decimal
from app.site_time import zone_of
from app.work_orders import readable_orders
from twin.model.ids import DeviceId, RoomId
from twin.model.problem import ProblemError
from twin.model.space import Room
from twin.model.twin import Twin
from twin.rules.work_order import OriginKind, WorkOrder, WorkState
from twin.share.handover import redacted
from twin.share.report_document import (
    Amount,
    Block,
    Cell,
    KeyFigure,
    KeyFigures,
    ReportDocument,
    ReportGrid,
    ReportLines,
    ReportPhoto,
    ReportPlan,
    ReportSection,
)

LONGEST_PX = 1600
"""Longest side, pixels, to which a photo is reduced before a label is looked for in it; kept ones are no longer."""

type PictureOf = Callable[[str], bytes | None]


def work_order_document(twin: Twin, orders: Sequence[str], now_ms: int, photo_of: PictureOf) -> ReportDocument:
    """One order with everything, or a list; no ids: all that are open. `photo_of`: the kept picture by its SHA-256. Raises
    ProblemError for an unknown id."""
    there = readable_orders(twin.definitions)
    known = {one.id: one for one in there}
    if missing := [id for id in orders if id not in known]:
        raise ProblemError(unknown("work_order", missing[0]))
    chosen = [known[id] for id in orders] or [one for one in there if not one.closed]
    if len(orders) == 1:
        return _single(chosen[0], twin, now_ms, photo_of)
    return _list(chosen, twin, now_ms)


def _framed(
    title: str, facts: Sequence[tuple[str, str]], sections: Sequence[ReportSection], twin: Twin, now_ms: int
) -> ReportDocument:
    made = tr("{time} by Oikos", time=moment_text(now_ms, zone_of(twin.site)))
    return ReportDocument(
        title=title, building=twin.name, period="", facts=(*facts, (tr("Made"), made)), sections=tuple(sections),
        labels=report_labels(), language=current_language(), number=format_decimal,
    )  # fmt: skip


def _list(orders: Sequence[WorkOrder], twin: Twin, now_ms: int) -> ReportDocument:
    zone = zone_of(twin.site)
    today = local(now_ms, zone).date().isoformat()
    overdue = sum(one.overdue(today) for one in orders)
    left = [one for one in orders if not one.closed]
    urgent = ", ".join(translate(f"alarm.priority.{number}") for number in (1, 2))
    figures = KeyFigures(
        (
            KeyFigure(tr("Open work orders"), Amount(float(len(left)))),
            KeyFigure(tr("Overdue"), Amount(float(overdue))),
            KeyFigure(tr("Urgent"), Amount(float(sum(one.priority <= 2 for one in left))), urgent),
            KeyFigure(tr("Without anybody"), Amount(float(sum(not one.assignee for one in left)))),
        )
    )
    rows: list[tuple[Cell, ...]] = [
        (
            redacted(one.title), translate(f"work.{one.state.value}"), translate(f"alarm.priority.{one.priority}"),
            one.assignee or "–",
            _day(one.due) + (f" – {tr('overdue')}" if one.overdue(today) else ""), _place(one, twin),
            moment_text(one.created_ms, zone),
        )
        for one in orders
    ]  # fmt: skip
    head = (
        tr("Work order"), tr("State"), tr("Priority"), tr("Who"), tr("Until"), tr("Place"), tr("Since"),
    )  # fmt: skip
    table = ReportGrid(tr("Work orders"), head, tuple(rows), empty=tr("There is no open work order."))
    return _framed(tr("Work orders"), [(tr("Building"), twin.name)], [ReportSection(tr("At a glance"), (figures, table))], twin, now_ms)  # fmt: skip


def _single(order: WorkOrder, twin: Twin, now_ms: int, photo_of: PictureOf) -> ReportDocument:
    zone = zone_of(twin.site)
    today = local(now_ms, zone).date().isoformat()
    device = twin.device_of.get(DeviceId(order.device))
    facts = [
        (tr("Building"), twin.name),
        (tr("Place"), _place(order, twin) or "–"),
        (
            tr("Device"),
            "–" if device is None else redacted(" · ".join(filter(None, (device.name, device.maker, device.model)))),
        ),
        (tr("State"), translate(f"work.{order.state.value}")),
        (tr("Priority"), translate(f"alarm.priority.{order.priority}")),
        (tr("Who"), order.assignee or "–"),
        (tr("Until"), _day(order.due) + (f" – {tr('overdue')}" if order.overdue(today) else "") or "–"),
        (tr("Since"), " · ".join(filter(None, (moment_text(order.created_ms, zone), order.created_by)))),
    ]
    if order.origin.kind is not OriginKind.PERSON:
        kind = tr("Alarm") if order.origin.kind is OriginKind.ALARM else tr("Early warning")
        facts.append((tr("Made from"), f"{kind}: {redacted(order.origin.text)}"))
    if order.closed_ms is not None:
        facts.append((tr("Closed"), moment_text(order.closed_ms, zone)))
    sections: list[ReportSection] = []
    if order.description:
        sections.append(ReportSection(tr("What is to be done"), (ReportLines((redacted(order.description),)),)))
    if (plan := _plan(order, twin)) is not None:
        sections.append(ReportSection(tr("Where"), (plan,)))
    sections.append(ReportSection(tr("Log"), (_log(order, zone),)))
    if not order.closed:
        signed = tr("Done on: ____________________    By: ____________________    Signature: ____________________")
        sections.append(ReportSection(tr("Completion"), (ReportLines(("", signed)),)))
    if photos := tuple(_photos(order, zone, photo_of)):
        sections.append(ReportSection(tr("Photos"), photos))
    return _framed(redacted(order.title) or tr("Work order"), facts, sections, twin, now_ms)


def _day(due: str) -> str:
    """A due date as the language writes it; empty for none."""
    from babel.dates import format_date

    try:
        return format_date(date.fromisoformat(due), "medium", locale=locale_name()) if due else ""
    except ValueError:
        return due


def _place(order: WorkOrder, twin: Twin) -> str:
    room = _room(order, twin)
    storey = next((one for one in twin.storeys if room is not None and one.id == room.storey), None)
    return ", ".join(filter(None, (room.title if room else "", storey.name if storey else "")))


def _room(order: WorkOrder, twin: Twin) -> Room | None:
    device = twin.device_of.get(DeviceId(order.device))
    of_device = device.room if device is not None else None
    return twin.room_of.get(RoomId(order.room)) or (twin.room_of.get(of_device) if of_device else None)


def _plan(order: WorkOrder, twin: Twin) -> ReportPlan | None:
    """The storey with the room marked and the device as a dot; None where the room has no outline."""
    room, device = _room(order, twin), twin.device_of.get(DeviceId(order.device))
    if room is None or len(room.outline) < 3:
        return None
    rooms = [one for one in twin.rooms if one.storey == room.storey and len(one.outline) >= 3]
    outlines = tuple((one.title, tuple((float(x), float(y)) for x, y, *_ in one.outline)) for one in rooms)
    spot = None
    if device is not None and device.position_m is not None and device.room == room.id:
        spot = (float(device.position_m[0]), float(device.position_m[1]))
    marked = next(n for n, one in enumerate(rooms) if one.id == room.id)
    return ReportPlan(
        outlines, marked, spot, _place(order, twin) + (f" · {redacted(device.name)}" if device is not None else "")
    )


def _log(order: WorkOrder, zone: tzinfo) -> ReportGrid:
    rows = tuple(
        (
            moment_text(one.time_ms, zone), one.who or "–", "" if one.state is None else translate(f"work.{WorkState(one.state).value}"),
            redacted(one.text) + (f" ({tr('photo')})" if one.photo else ""),
        )
        for one in order.notes
    )  # fmt: skip
    return ReportGrid(tr("What was noted"), (tr("Time"), tr("Who"), tr("State"), tr("Note")), rows, empty=tr("Nothing was noted yet."))  # fmt: skip


def _photos(order: WorkOrder, zone: tzinfo, photo_of: PictureOf) -> Iterator[Block]:
    for one in order.notes:
        data = photo_of(one.photo) if one.photo else None
        if not data:
            continue
        caption = " · ".join(filter(None, (moment_text(one.time_ms, zone), one.who, redacted(one.text))))
        if (lack := _lack(data)) is not None:
            yield ReportLines((f"{caption} ({lack})",), small=True)
        else:
            yield ReportPhoto(data, caption)


def _lack(data: bytes) -> str | None:
    """Why a photo is left out: it shows a label, on which a pairing code may be, or cannot be read. Blocks."""
    from PIL import Image

    from app.label_reading import shows_label

    try:
        with Image.open(BytesIO(data)) as picture:
            picture.thumbnail((LONGEST_PX, LONGEST_PX))
            grey = np.asarray(picture.convert("L"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return tr("photo is gone")
    return tr("photo left out: it shows a label") if shows_label(grey) else None
