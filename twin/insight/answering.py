"""Answers a question from present values and recorded columns: which points it needs, then the rows and the sentence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from twin.insight.asked_things import asked_counters, asked_devices, asked_states, in_room
from twin.insight.held_values import (
    HeldValues,
    beyond_ms,
    combined,
    held_values,
    known_share,
    lasted_ms,
    one_value,
    span_share,
)
from twin.insight.question import AnswerRow, Question, QuestionAnswer, Side, Statistic, Subject
from twin.model.aggregation import aggregation_rule, counted_points
from twin.model.alarm import AlarmStatus, listed
from twin.model.capability import CAPABILITIES, ValueType
from twin.model.device import Point
from twin.model.history_series import ChartColumns
from twin.model.ids import DeviceId, PointId, RoomId
from twin.model.kind import KINDS
from twin.model.quantity import Quantity
from twin.model.text import Text
from twin.model.twin import Twin

KNOWN = 0.95
"""Share of the period that has to be recorded for the answer to be given without a note."""
CHARTED = 6
"""Number of points whose chart is offered."""
_HEAT_SOURCES = frozenset({"radiator", "thermostat", "air_conditioner", "heat_pump", "boiler"})
"""Kinds whose own temperature counts only where a room has no other sensor."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an answer is made from. `now` has the present values (canonical unit, code of an enum), without those that are
    not known; `online` the presence of devices that have one."""

    twin: Twin
    now: Mapping[PointId, float] = field(default_factory=dict[PointId, float])
    columns: Mapping[PointId, ChartColumns] = field(default_factory=dict[PointId, ChartColumns])
    used_wh: Mapping[PointId, float] = field(default_factory=dict[PointId, float])
    """Energy that meters counted in the period."""
    online: Mapping[DeviceId, bool] = field(default_factory=dict[DeviceId, bool])
    recorded_to_ms: int | None = None
    """When recording ended, if no recorder is at work."""
    alarms: tuple[AlarmStatus, ...] = ()


def points_of(question: Question, twin: Twin, mains: Iterable[PointId] = ()) -> tuple[PointId, ...]:
    """The points whose values an answer needs. `mains`: meters of the whole building."""
    match question.subject:
        case Subject.QUANTITY:
            found = [
                point.id
                for device in asked_devices(question, twin)
                for point in counted_points(device, question.capability)
            ]
        case Subject.STATE:
            found = [point.id for _, point in asked_states(question, twin)]
        case Subject.USE:
            found = asked_counters(question, twin, mains)
        case _:
            found = []
    return tuple(dict.fromkeys(found))


def answer(question: Question, known: Known, mains: Iterable[PointId] = ()) -> QuestionAnswer:
    """The answer to a question."""
    match question.subject:
        case Subject.QUANTITY:
            return _quantity(question, known)
        case Subject.STATE:
            return _states(question, known)
        case Subject.PRESENCE:
            return _presence(question, known)
        case Subject.USE:
            return _use(question, known, tuple(mains))
        case Subject.ALARMS:
            return _alarms(question, known)


def _held(point: PointId, question: Question, known: Known) -> HeldValues:
    return held_values(question.period, known.now.get(point, math.nan), known.columns.get(point))


def _lasts(question: Question) -> bool:
    """Whether it is asked for a time in which something can last."""
    return question.period is not None and not question.period.is_moment


# what was understood


def _beyond(question: Question) -> str:
    """Side of the limit as the texts name it."""
    if question.upper is not None:
        return "between"
    if question.is_inclusive:
        return "at_least" if question.side is Side.ABOVE else "at_most"
    return str(question.side)


def _upper(question: Question) -> dict[str, float]:
    return {} if question.upper is None else {"upper": question.upper}


def _understood(question: Question, twin: Twin) -> tuple[Text, ...]:
    parts: list[Text] = []
    title = CAPABILITIES[question.capability].title if question.capability else ""
    if question.subject is Subject.QUANTITY and question.side is not None and question.limit is not None:
        parts.append(
            Text(
                f"ask.{_beyond(question)}",
                title=title,
                limit=question.limit,
                unit=CAPABILITIES[question.capability].unit,
                **_upper(question),
            )
        )
    elif question.subject is Subject.QUANTITY and question.side is not None:
        parts.append(Text(f"ask.ordered.{question.side}", title=title))
    elif question.statistic is not None:
        parts.append(Text(f"ask.statistic.{question.statistic}", title=title))
    elif question.subject in (Subject.QUANTITY, Subject.STATE) or (
        question.subject is Subject.USE and question.capability
    ):
        parts.append(Text("ask.title", title=title or "State"))
    else:
        parts.append(Text(f"ask.subject.{question.subject}"))
    kinds = [KINDS[kind].title for kind in sorted(question.kinds)]
    parts += [Text("ask.kind", kind=kind) for kind in kinds if kind != title]
    if question.subject is Subject.STATE and question.value is not None:
        parts += [Text("ask.kind", kind=word) for word in _options(question.capability)[round(question.value) :][:1]]
    places = [twin.storey_of[id].name for id in question.storeys] + [twin.room_of[id].name for id in question.rooms]
    places += [twin.device_of[id].name for id in question.devices]
    parts.append(Text("ask.places", places=sorted(places)[:6]) if places else Text("ask.everywhere"))
    parts.append(question.period.name if question.period is not None else Text("ask.now"))
    return tuple(parts)


def _made(question: Question, known: Known, sentence: Text, rows: list[AnswerRow], *notes: Text) -> QuestionAnswer:
    told = list(notes)
    if question.is_assumed and question.limit is not None:
        row = CAPABILITIES[question.capability]
        told.append(Text("ask.assumed", limit=question.limit, unit=row.unit))
    if question.period is None and known.recorded_to_ms is not None:
        told.append(Text("ask.no_recorder", time=known.recorded_to_ms))
    if question.ignored:
        told.append(Text("ask.ignored", words=list(question.ignored[:6])))
    points = tuple(dict.fromkeys(row.point for row in rows if row.point is not None))[:CHARTED]
    shown = () if question.counts else tuple(rows)
    return QuestionAnswer(
        understood=_understood(question, known.twin), sentence=sentence, rows=shown or tuple(rows), points=points,
        notes=tuple(told),
    )  # fmt: skip


# values of rooms and devices


@dataclass(frozen=True, slots=True)
class _Group:
    """Points whose values are one row: those of a room, or of one device."""

    name: str
    room: RoomId | None
    device: DeviceId | None
    points: tuple[Point, ...]


def _groups(question: Question, twin: Twin) -> list[_Group]:
    devices = asked_devices(question, twin)
    if question.devices or question.capability == "battery":
        return [
            _Group(one.name, one.room, one.id, points)
            for one in devices if (points := counted_points(one, question.capability))
        ]  # fmt: skip
    found: list[_Group] = []
    for room in twin.rooms:
        inside = [one for one in devices if one.room == room.id]
        sensors = [one for one in inside if one.kind not in _HEAT_SOURCES]
        points = tuple(point for one in sensors for point in counted_points(one, question.capability))
        points = points or tuple(point for one in inside for point in counted_points(one, question.capability))
        if points:
            found.append(_Group(room.name, room.id, None, points))
    return found


def _quantity(question: Question, known: Known) -> QuestionAnswer:
    row = CAPABILITIES.get(question.capability)
    if row is None or row.type is not ValueType.NUMBER:
        return _states(question, known)
    rule = aggregation_rule(row)
    groups = _groups(question, known.twin)
    if not groups:
        return _made(question, known, Text("ask.none_measures", title=row.title), [])
    series = [combined([_held(point.id, question, known) for point in one.points], rule) for one in groups]
    held = [beyond_ms(times, question) for times in series]
    value = [one_value(times, question) for times in series]
    shares = [known_share(times) for times in series]
    rows = [
        AnswerRow(
            name=group.name, room=group.room, device=group.device, point=group.points[0].id,
            capability=question.capability, value=None if math.isnan(number) else number,
            duration_ms=duration if _lasts(question) and question.limit is not None else None,
        )
        for group, number, duration in zip(groups, value, held, strict=True)
    ]  # fmt: skip
    unknown = [row.name for row in rows if row.value is None]
    notes = [Text("ask.unknown", n=len(unknown), names=unknown[:4])] if unknown else []
    recorded = [share for share in shares if share > 0]
    if question.period is not None and recorded and (part := float(np.mean(recorded))) < KNOWN:
        notes.append(Text("ask.recorded", percent=math.floor(100 * part)))
    if question.side is not None and question.limit is not None:
        return _limited(question, known, rows, held, notes)
    rows = [row for row in rows if row.value is not None]
    is_lowest = question.side is Side.BELOW or (question.side is None and question.statistic is Statistic.LOWEST)
    rows.sort(key=lambda one: one.value or 0.0, reverse=not is_lowest)
    if not rows:
        return _made(question, known, Text("ask.not_known", title=row.title), [], *notes)
    return _made(question, known, _value_sentence(question, rows, row.title, row.unit), rows, *notes)


def _value_sentence(question: Question, rows: list[AnswerRow], title: str, unit: str) -> Text:
    first = rows[0]
    is_end = question.side is not None or question.statistic in (Statistic.HIGHEST, Statistic.LOWEST)
    if len(rows) == 1 or is_end:
        return Text("ask.value", name=first.name, title=title, value=first.value, unit=unit)
    known = [row.value for row in rows if row.value is not None]
    return Text("ask.values", n=len(rows), title=title, low=min(known), high=max(known), unit=unit)


def _limited(
    question: Question, known: Known, rows: list[AnswerRow], held: list[int], notes: list[Text]
) -> QuestionAnswer:
    """Rooms or devices beyond a limit now, or at some time of the period."""
    title, unit = CAPABILITIES[question.capability].title, CAPABILITIES[question.capability].unit
    found = [row for row, duration in zip(rows, held, strict=True) if duration > 0]
    if not found and all(row.value is None for row in rows):
        return _made(question, known, Text("ask.not_known", title=title), [], *notes)
    found.sort(
        key=lambda row: (-(row.duration_ms or 0), -(row.value or 0.0) * (1 if question.side is Side.ABOVE else -1))
    )
    code = f"ask.found.{_beyond(question)}" if found else f"ask.found_none.{_beyond(question)}"
    said = Text(code, n=len(found), title=title, limit=question.limit, unit=unit, **_upper(question))
    return _made(question, known, said, found, *notes)


# states


def _states(question: Question, known: Known) -> QuestionAnswer:
    rows: list[AnswerRow] = []
    unknown: list[str] = []
    shares: list[float] = []
    devices = asked_states(question, known.twin)
    if not devices:
        return _made(question, known, _nothing_there(question), [])
    for device, point in devices:
        times = _held(point.id, question, known)
        value, duration = _state_of(point, times, question)
        if value is None and duration is None:
            unknown.append(device.name)
            continue
        shares.append(known_share(times))
        if question.devices or question.value is None or duration is None or duration > 0:
            rows.append(
                AnswerRow(
                    name=device.name, room=device.room, device=device.id, point=point.id,
                    capability=point.capability.id, value=value, duration_ms=duration if _lasts(question) else None,
                    text=in_room(device, known.twin),
                )
            )  # fmt: skip
    rows.sort(key=lambda one: (-(one.duration_ms or 0), one.name.casefold()))
    notes = [Text("ask.unknown", n=len(unknown), names=unknown[:4])] if unknown else []
    if _lasts(question) and shares and (part := float(np.mean(shares))) < KNOWN:
        notes.append(Text("ask.recorded", percent=math.floor(100 * part)))
    if unknown and not rows:
        title = CAPABILITIES[question.capability].title if question.capability else "State"
        return _made(question, known, Text("ask.not_known", title=title), rows, *notes)
    if question.capability == "occupancy":
        return _made(question, known, Text("ask.rooms_found", n=len({row.room for row in rows})), rows, *notes)
    if question.devices and len(rows) == 1 and rows[0].value is not None:
        return _made(question, known, _state_sentence(rows[0]), rows, *notes)
    return _made(question, known, Text("ask.devices_found", n=len(rows)), rows, *notes)


def _state_of(point: Point, times: HeldValues, question: Question) -> tuple[float | None, int | None]:
    """The value of a device now, and how long it was in the asked state (1 for now); both None where it is not known."""
    finite = np.isfinite(times.mean)
    if not finite.any():
        return None, None
    if not _lasts(question):
        return float(times.mean[finite][-1]), lasted_ms(times, question.value)
    row = point.capability
    if row.type is not ValueType.BOOL and (question.value is None or row.id not in ("lock", "position")):
        return None, None  # a number is neither on nor off, and of several states none is asked for
    return None, lasted_ms(times, 1.0 if question.value is None else question.value)


def _nothing_there(question: Question) -> Text:
    if question.kinds or not question.capability:
        return Text("ask.none_there")
    return Text("ask.none_measures", title=CAPABILITIES[question.capability].title)


def _options(capability: str) -> tuple[str, ...]:
    return CAPABILITIES[capability].options if capability in CAPABILITIES else ()


def _state_sentence(row: AnswerRow) -> Text:
    """The state of one device; its number where it is none of on and off."""
    capability, code = CAPABILITIES[row.capability], round(row.value or 0.0)
    if 0 <= code < len(capability.options):
        return Text("ask.state", name=row.name, state=capability.options[code])
    return Text("ask.value", name=row.name, title=capability.title, value=row.value, unit=capability.unit)


def _presence(question: Question, known: Known) -> QuestionAnswer:
    there = bool(question.value)
    asked = [one for one in asked_devices(question, known.twin) if not question.kinds or one.kind in question.kinds]
    rows = [
        AnswerRow(name=one.name, room=one.room, device=one.id, capability="", text=in_room(one, known.twin))
        for one in asked
        if known.online.get(one.id) is there
    ]
    notes = [Text("ask.only_now")] if question.period is not None else []
    if not asked:
        return _made(question, known, Text("ask.none_there"), [], *notes)
    if not any(one.id in known.online for one in asked):
        return _made(question, known, Text("ask.presence_unknown"), [], *notes)
    return _made(question, known, Text("ask.online" if there else "ask.offline", n=len(rows)), rows, *notes)


def _use(question: Question, known: Known, mains: tuple[PointId, ...]) -> QuestionAnswer:
    """What counters counted; not known where nothing was recorded in the period."""
    twin, capability = known.twin, CAPABILITIES[question.capability or "energy_import"]
    rows: list[AnswerRow] = []
    shares: list[float] = []
    for id in asked_counters(question, twin, mains):
        device = twin.device_of[twin.point_of[id].device]
        share = span_share(_held(id, question, known))
        used = known.used_wh.get(id) if share > 0 else None
        shares += [share] if used is not None else []
        rows.append(
            AnswerRow(
                name=device.name, room=device.room, device=device.id, point=id, capability=capability.id, value=used
            )
        )
    if not rows:
        return _made(question, known, Text("ask.none_measures", title=capability.title), [])
    unknown = [row.name for row in rows if row.value is None]
    notes = [Text("ask.unknown", n=len(unknown), names=unknown[:4])] if unknown else []
    if len(unknown) == len(rows):
        return _made(question, known, Text("ask.not_known", title=capability.title), rows, *notes)
    if (part := float(np.mean(shares))) < KNOWN:
        notes.append(Text("ask.recorded", percent=math.floor(100 * part)))
    total = sum(row.value for row in rows if row.value is not None)
    rows.sort(key=lambda one: -(one.value or 0.0))
    if capability.quantity is not Quantity.ENERGY:
        sentence = Text("ask.counted", n=len(rows), value=total, unit=capability.unit)
    else:
        sentence = Text("ask.used", n=len(rows), kwh=total / 1000.0)
    return _made(question, known, sentence, rows, *notes)


def _alarms(question: Question, known: Known) -> QuestionAnswer:
    devices = {one.id for one in asked_devices(question, known.twin)}
    rooms = {room.id for room in known.twin.rooms if room.id in question.rooms or room.storey in question.storeys}
    is_everywhere = not (question.rooms or question.storeys or question.devices)
    standing = [
        one for one in listed({alarm.id: alarm for alarm in known.alarms})
        if one.standing and (is_everywhere or one.device in devices or one.room in rooms)
    ]  # fmt: skip
    rows = [AnswerRow(name="", room=one.room, device=one.device, point=one.point, text=one.title) for one in standing]
    notes = [Text("ask.only_now")] if question.period is not None else []
    return _made(question, known, Text("ask.alarms", n=len(rows)), rows, *notes)
