"""Inputs of alarms and automations from the event bus: point values, and reports of silent devices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

import numpy as np
from numpy.typing import NDArray

from twin.model.batch import Batch
from twin.model.device import Device
from twin.model.ids import DeviceId, PointId
from twin.model.observation import Quality
from twin.model.state import State
from twin.model.twin import Twin
from twin.rules.alarm_book import AlarmBook
from twin.rules.alarm_definition import SetByRule
from twin.rules.alarm_evaluation import AlarmMemory
from twin.rules.alarm_state import acked
from twin.rules.device_alarm_definition import DEVICE_ALARM
from twin.rules.home_key import HOME_PREFIX
from twin.rules.rule_memory import RaisedAlarm
from twin.rules.rule_view import RuleView, ValueChange, acked_key, alarm_key, online_key
from twin.rules.trigger_watch import GRACE_MS

NAN = float("nan")
_ONLINE = online_key("")


class RuleInputs:
    """Selects from batches the values that rules read. Event loop only."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._keys: frozenset[str] = frozenset()
        self._devices: tuple[Device, ...] = ()
        self._read: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._owner: NDArray[np.intp] = np.zeros(0, np.intp)
        """By row of the state: index of the device whose silence is watched; -1 for none."""

    def watch(self, keys: Iterable[str], silent: Iterable[Device]) -> None:
        """Sets the keys to read and the devices whose silence is watched."""
        keys, devices = frozenset(keys), tuple(silent)
        if keys != self._keys or devices != self._devices:
            self._keys, self._devices = keys, devices
            self._number()

    def _number(self) -> None:
        points = self._state.points
        self._read = np.array([point in self._keys for point in points], np.bool_)
        owner = {point.id: number for number, device in enumerate(self._devices) for point in device.points}
        self._owner = np.array([owner.get(point, -1) for point in points], np.intp)

    def changes(self, batch: Batch, now_ms: int) -> tuple[list[ValueChange], list[ValueChange]]:
        """Changes of the read keys: (current ones, ones dated more than GRACE_MS ago). Alarms use both, automations
        start by the
        first only. Late values are in neither.
        """
        if not self._keys:
            return [], []
        if len(self._read) < len(self._state):
            self._number()
        mine = self._read[batch.row] & ~batch.late
        if not mine.any():
            return [], []
        rows, quality = batch.row[mine], batch.quality[mine]
        values: list[float] = np.where(quality < Quality.STALE, batch.value[mine], NAN).tolist()
        times: list[int] = batch.time_ms[mine].tolist()
        numbers: list[int] = rows.tolist()
        points = self._state.points
        found: list[ValueChange] = [
            (points[row], value, at) for row, value, at in zip(numbers, values, times, strict=True)
        ]
        since = now_ms - GRACE_MS
        if not batch.dated.any():
            return found, []
        return [one for one in found if one[2] >= since], [one for one in found if one[2] < since]

    def spoke(self, batch: Batch) -> list[DeviceId]:
        """Ids of the watched devices that reported a value of quality GOOD in the batch."""
        if not self._devices:
            return []
        if len(self._owner) < len(self._state):
            self._number()
        owners = self._owner[batch.row[batch.quality == Quality.GOOD]]
        spoke: list[int] = sorted(set(owners[owners >= 0].tolist()))  # np.unique would import numpy.ma on the loop
        return [self._devices[number].id for number in spoke]

    def known(self, keys: Iterable[str]) -> Iterator[ValueChange]:
        """Current values of the points among these keys, where known and not stale."""
        state = self._state
        for key in keys:
            row = state.index(PointId(key))
            if row is not None and state.quality[row] < Quality.STALE:
                yield key, float(state.value[row]), int(state.time_ms[row])


def in_turn(changes: Iterable[ValueChange]) -> list[list[ValueChange]]:
    """Splits changes into parts (at least one) in which each key occurs once, so that rules judge every value in
    order."""
    parts: list[list[ValueChange]] = [[]]
    spoke: set[str] = set()
    for one in changes:
        if one[0] in spoke:
            parts.append([])
            spoke.clear()
        spoke.add(one[0])
        parts[-1].append(one)
    return parts


def is_there(key: str, twin: Twin, view: RuleView) -> bool:
    """Whether the subject of a key exists in the twin: a point, device, link, or room with points of the capability.
    Keys that only rules set (told, alarm, warning) always exist."""
    if key.startswith(_ONLINE):
        id = key.removeprefix(_ONLINE)
        return DeviceId(id) in twin.device_of or any(link.id == id for link in twin.links)
    if key.startswith("room:"):
        return key in view.members
    return (
        key.startswith(("told:", "alarm:", "acked:", "warning:", DEVICE_ALARM, HOME_PREFIX))
        or PointId(key) in twin.point_of
    )


def carried_over(view: RuleView, before: RuleView, keys: Set[str]) -> None:
    """Copies the former view's state of these keys into the new one: an edit must not look like a device's silence."""
    for name in ("value", "known", "since_ms", "last_report_ms", "unknown_ms", "gap"):
        had = getattr(before, name)
        getattr(view, name).update({key: had[key] for key in keys & had.keys()})


def own_values(book: AlarmBook, memory: AlarmMemory, view: RuleView, now_ms: int) -> list[ValueChange]:
    """The keys that only rules set: active and acknowledged alarms, and those of alarms set by rules that have no value."""
    own: list[ValueChange] = []
    for id, one in book.definitions.items():
        active = float((state := memory.state(id)).active)
        own += [(alarm_key(id), active, now_ms), (acked_key(id), acked(state), now_ms)]
        if isinstance(one.condition, SetByRule) and one.key not in view.value:
            own.append((one.key, active, now_ms))
    return own


def raised_values(book: AlarmBook, raised: Iterable[RaisedAlarm], now_ms: int) -> list[ValueChange]:
    """The keys' new values of alarms that rules or warnings raised or ended; unknown alarms and others are ignored."""
    known = ((book.definitions.get(one.alarm), one.active) for one in raised)
    return [
        (definition.key, float(active), now_ms)
        for definition, active in known
        if definition is not None and isinstance(definition.condition, SetByRule)
    ]


def moved_values(before: AlarmMemory, after: AlarmMemory, alarms: Iterable[str], now_ms: int) -> list[ValueChange]:
    """The keys' new values of these alarms, as far as they became active or acknowledged, or no longer are."""
    moved: list[ValueChange] = []
    for id in alarms:
        was, state = before.state(id), after.state(id)
        moved += [(alarm_key(id), float(state.active), now_ms)] if was.active != state.active else []
        moved += [(acked_key(id), acked(state), now_ms)] if acked(was) != acked(state) else []
    return moved
