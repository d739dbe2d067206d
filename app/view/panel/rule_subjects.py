"""Subjects of rules: points, and the points of a room with one capability; their titles, words and ranges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.i18n import point_title, tr
from app.view.formatting import format_number, format_word
from app.view.panel.building_tree_nodes import natural_order
from twin.model.capability import CAPABILITIES, Capability, ValueType
from twin.model.comfort import COMFORT
from twin.model.device import Point
from twin.model.ids import DeviceId, PointId, RoomId
from twin.model.twin import Twin
from twin.rules.home_key import ASLEEP_KEY, HOME_KEY
from twin.rules.schedule_edit import ValueMeaning
from twin.rules.selector import Selector, of_point, of_room

JUDGED = (ValueType.NUMBER, ValueType.BOOL, ValueType.ENUM)
"""Value types that a rule compares."""


USUAL = {
    "setpoint_heat": 21.0, "setpoint_cool": 25.0, "setpoint_humidity": 45.0, "level": 50.0, "position": 50.0, "tilt": 50.0,
    "fan_speed": 50.0, "volume": 30.0, "valve": 50.0, "color_temperature": 2700.0, "moisture": 30.0, "power": 10.0,
    "voltage": 230.0, "current": 1.0, "frequency": 50.0, "pressure": 101_300.0, "link_quality": 50.0,
}  # fmt: skip
"""By capability without comfort bands, a value to begin with, canonical unit: a common setting, or a use that is none of standby."""


@dataclass(frozen=True, slots=True)
class RuleSubject:
    """One thing that a rule reads or commands."""

    selector: Selector
    title: str
    """`Kitchen · Lamp · Level`, or `Kitchen · all: Level` for a room."""
    row: Capability
    options: tuple[str, ...]
    """Words of a truth (no, yes) or of an enum; empty for numbers."""
    verbs: tuple[str, ...] = ()
    """Verbs that can be commanded; empty for what is only read."""
    low: float | None = None
    high: float | None = None
    """Range of the number, canonical unit; None where it has no bound."""

    @property
    def meaning(self) -> ValueMeaning:
        """What the values of a schedule mean that commands it."""
        return ValueMeaning(self.row, self.options, self.low, self.high)

    def usual(self, *, below: bool = False) -> float | None:
        """A number to begin with where a limit is set, canonical unit: the edge of the good comfort band on this side, else a
        common one; None where there is none."""
        found = USUAL.get(self.row.id)
        if self.row.id in COMFORT:
            low, high = COMFORT[self.row.id].good()
            found = low if high is None or (below and low is not None) else high
        if found is None:
            return None
        found = found if self.low is None else max(found, self.low)
        return found if self.high is None else min(found, self.high)

    def value_text(self, value: float) -> str:
        """A canonical number as text: with its unit, or as its word."""
        if self.options:
            return format_word(self.options[int(value)]) if 0 <= value < len(self.options) else str(value)
        return format_number(self.row, value)


def point_subject(point: Point, twin: Twin) -> RuleSubject:
    """Title, words, verbs and range of a point, for a rule."""
    device = twin.device_of[point.device]
    room = twin.room_of.get(device.room) if device.room else None
    names = ([room.title] if room is not None else []) + [device.name, point_title(point.title)]
    low, high = point.range
    verbs = _verbs(point.capability) if point.writable else ()
    options = _options(point.capability, point.options)
    return RuleSubject(of_point(point.id), " · ".join(names), point.capability, options, verbs, low, high)


def _room_subject(room: RoomId, row: Capability, twin: Twin, *, writable: bool) -> RuleSubject:
    found = twin.room_of.get(room)
    title = tr("{room} · all: {what}", room=found.title if found is not None else room, what=tr(row.title))
    verbs = _verbs(row) if writable else ()
    return RuleSubject(of_room(room, row.id), title, row, _options(row, row.options), verbs, row.minimum, row.maximum)


def _home_subject() -> RuleSubject:
    row = CAPABILITIES["presence"]
    return RuleSubject(of_point(HOME_KEY), tr("Presence of the home"), row, row.options)


def _sleep_subject() -> RuleSubject:
    row = CAPABILITIES["raw_bool"]
    return RuleSubject(of_point(ASLEEP_KEY), tr("Sleep of the home"), row, ("no", "yes"), ("on", "off"))


def _options(row: Capability, options: tuple[str, ...]) -> tuple[str, ...]:
    if row.type is ValueType.BOOL:
        return options if len(options) == 2 else ("no", "yes")
    return (options or row.options) if row.type in (ValueType.ENUM, ValueType.EVENT) else ()


def _verbs(row: Capability) -> tuple[str, ...]:
    known = row.verbs or ("set",)
    return known if row.type in JUDGED else tuple(one for one in known if one != "set")


def subject_of(selector: Selector, twin: Twin) -> RuleSubject | None:
    """The subject that a selector names; None where it is gone."""
    if selector.point == HOME_KEY:
        return _home_subject()
    if selector.point == ASLEEP_KEY:
        return _sleep_subject()
    if selector.point:
        point = twin.point_of.get(PointId(selector.point))
        return point_subject(point, twin) if point is not None else None
    row = CAPABILITIES.get(selector.capability)
    room = RoomId(selector.room)
    if row is None or room not in twin.room_of:
        return None
    return _room_subject(room, row, twin, writable=True)


def subjects(twin: Twin, *, commanded: bool) -> tuple[RuleSubject, ...]:
    """What can be chosen, by room and device and, within one, as it names its points, the main one first: what rules may
    compare, or (`commanded`) command."""
    return tuple(sorted(_subjects(twin, commanded=commanded), key=_place))


def _place(subject: RuleSubject) -> tuple[object, ...]:
    """Sort key: the title without its last part, the point."""
    return natural_order(subject.title.rpartition(" · ")[0] or subject.title)


def fitting_subject(
    found: Sequence[RuleSubject], twin: Twin, picked: str, like: Capability | None
) -> RuleSubject | None:
    """The subject of a device or room by its id: the one with the capability `like`, else the first, of a room that of all its
    devices; None where it has none."""
    device = twin.device_of.get(DeviceId(picked))
    devices = [device] if device is not None else list(twin.devices_in.get(RoomId(picked), ()))
    points = {point.id for one in devices for point in one.points}
    fitting = [one for one in found if one.selector.room == picked]
    fitting += [one for one in found if one.selector.point in points]
    alike = (one for one in fitting if like is not None and one.row.id == like.id)
    return next(alike, fitting[0] if fitting else None)


def event_subjects(twin: Twin) -> tuple[RuleSubject, ...]:
    """Points whose values are events, such as buttons, by title."""
    points = (one for one in twin.points if one.capability.type is ValueType.EVENT and not one.writable)
    return tuple(sorted((point_subject(one, twin) for one in points), key=lambda one: one.title.casefold()))


def _subjects(twin: Twin, *, commanded: bool) -> Iterator[RuleSubject]:
    rooms: dict[tuple[RoomId, str], int] = {}
    if not commanded:
        yield _home_subject()
    yield _sleep_subject()
    for device in twin.devices:
        for point in device.points:
            if (commanded and not point.writable) or (not commanded and point.capability.type not in JUDGED):
                continue
            if commanded and not _verbs(point.capability):
                continue
            yield point_subject(point, twin)
            if device.room is not None:
                key = (device.room, point.capability.id)
                rooms[key] = rooms.get(key, 0) + 1
    for (room, capability), count in rooms.items():
        if count > 1:
            yield _room_subject(room, CAPABILITIES[capability], twin, writable=commanded)
