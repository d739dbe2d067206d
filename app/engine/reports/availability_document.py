"""The availability report as a document: how long each gateway and device could be reached, and its outages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from app.engine.history_recorder import PRESENCE
from app.engine.reports.report_parts import (
    ReportSource,
    day_time_text,
    duration_text,
    framed,
    interval_labels,
    percent,
    unknown_rule,
)
from app.i18n import tr
from app.i18n.numbers import format_decimal
from twin.insight.availability import AvailabilityFigures, Presence, availability, reachable
from twin.model.device import Device
from twin.model.ids import DeviceId, point_id
from twin.model.observation import Quality
from twin.share.report_document import (
    Amount,
    BarChart,
    Block,
    Cell,
    KeyFigure,
    KeyFigures,
    ReportDocument,
    ReportGrid,
    ReportLines,
    ReportSection,
)

TARGET = 0.99
"""Share below which a device is counted as often offline."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A device or gateway in this period and the one before."""

    name: str
    place: str
    now: AvailabilityFigures
    before: AvailabilityFigures


def availability_document(source: ReportSource) -> ReportDocument:
    """Composes the report. Raises ProblemError where it is called off."""
    twin, period = source.twin, source.period
    known = _presences(source)
    source.step(0.7)
    earlier_edges = np.array([period.before_ms, period.from_ms], np.int64)

    def row(name: str, place: str, presence: Presence) -> _Row:
        now = availability(presence, period.edges_ms, source.until_ms)
        return _Row(name, place, now, availability(presence, earlier_edges, source.before()[1]))

    devices = [row(one.name, _place(one, source), known[one.id]) for one in twin.devices]
    links = [
        row(
            link.title or link.address, link.protocol,
            reachable([known[one.id] for one in twin.devices if one.link == link.id]),
        )
        for link in twin.links
    ]  # fmt: skip
    source.step(0.85)
    sections = [
        ReportSection(tr("At a glance"), tuple(_glance(devices, source))),
        ReportSection(tr("Gateways"), (_table(tr("Gateways and links"), tr("Protocol"), links, source),)),
        ReportSection(tr("Devices"), (_table(tr("Availability by device"), tr("Room"), devices, source),)),
    ]
    return framed(tr("Availability report"), source, sections, assumptions=tuple(_assumptions()))


def _place(device: Device, source: ReportSource) -> str:
    room = source.twin.room_of.get(device.room) if device.room is not None else None
    return room.title if room is not None else ""


def _presences(source: ReportSource) -> Mapping[DeviceId, Presence]:
    """The recorded presence of every device in the period and the one before; what was only assumed is unknown."""
    begin, history = source.period.before_ms, source.history
    points = [point_id(one.id, PRESENCE) for one in source.twin.devices]
    none = Presence(times_ms=np.zeros(0, np.int64), values=np.zeros(0))
    if history is None or not points:
        return {one.id: none for one in source.twin.devices}
    held = history.moment(begin, points)
    found = dict[DeviceId, Presence]()
    for n, device in enumerate(source.twin.devices):
        source.step(0.7 * n / len(points))
        samples = history.raw(points[n], begin, source.until_ms)
        assumed = samples.quality >= Quality.UNCERTAIN
        values = np.where(assumed & ~np.isnan(samples.values), np.nan, samples.values)
        first = held.value[n] if held.quality[n] < Quality.UNCERTAIN or held.quality[n] == Quality.STALE else np.nan
        times = np.concatenate([[begin], samples.times]).astype(np.int64)
        found[device.id] = Presence(times_ms=times, values=np.concatenate([[first], values]))
    return found


def _mean(rows: Sequence[_Row], *, before: bool = False) -> float:
    """Share of the known time of all of them; NaN where nothing is known."""
    parts = [one.before if before else one.now for one in rows]
    known = sum(one.known_ms for one in parts)
    return sum(one.online_ms for one in parts) / known if known else float("nan")


def _glance(devices: Sequence[_Row], source: ReportSource) -> Iterator[Block]:
    known = [one for one in devices if isfinite(one.now.share)]
    earlier = _mean(devices, before=True)
    coverage = sum(one.now.coverage for one in devices) / len(devices) if devices else None
    note = tr("{percent} % in the period before", percent=format_decimal(100 * earlier, 2)) if isfinite(earlier) else ""
    yield KeyFigures(
        (
            KeyFigure(tr("Devices reached"), percent(_mean(devices), 2), note),
            KeyFigure(tr("Below 99 %"), Amount(float(sum(one.now.share < TARGET for one in known)) if known else None), tr("of {count} devices", count=len(known))),
            KeyFigure(tr("Outages"), Amount(float(sum(one.now.outages for one in known)) if known else None)),
            KeyFigure(tr("Coverage"), percent(coverage), tr("of the elapsed period")),
        )
    )  # fmt: skip
    if silent := len(devices) - len(known):
        yield ReportLines(
            (
                tr(
                    "Devices of which nothing is known, as they were never recorded in this period: {count}.",
                    count=silent,
                ),
            )
        )
    if known:
        shares = np.stack([one.now.online for one in known])
        there = np.isfinite(shares)
        counts = there.sum(axis=0)
        mean = np.divide(
            np.where(there, shares, 0.0).sum(axis=0), counts, out=np.full(shares.shape[1], np.nan), where=counts > 0
        )
        offline = tuple((100 * (1 - mean)).tolist())
        labels = interval_labels(source.period, source.zone)
        yield BarChart(tr("Time offline, mean of the devices"), labels, offline, "%", 2)


def _table(title: str, place: str, rows: Sequence[_Row], source: ReportSource) -> ReportGrid:
    cells: list[tuple[Cell, ...]] = [
        (
            one.name, one.place, percent(one.now.share, 2), percent(one.before.share, 2), percent(one.now.coverage),
            Amount(float(one.now.outages) if isfinite(one.now.share) else None),
            duration_text(one.now.longest_ms if one.now.outages else None),
            day_time_text(one.now.last_outage_ms, source.zone),
        )
        for one in sorted(rows, key=lambda row: (np.nan_to_num(row.now.share, nan=2.0), row.name.casefold()))
    ]  # fmt: skip
    head = (
        tr("Name"), place, tr("Online"), tr("Before"), tr("Coverage"), tr("Outages"), tr("Longest"), tr("Last outage"),
    )  # fmt: skip
    return ReportGrid(title, head, tuple(cells), empty=tr("There is none."))


def _assumptions() -> Iterator[str]:
    yield unknown_rule()
    yield tr(
        "Online is the share of the known time; a device that nobody speaks for and that has not spoken is unknown."
    )
    yield tr("A gateway counts as online while at least one of its devices is; a gateway without devices is unknown.")
