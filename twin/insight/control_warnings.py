"""Early warnings of rooms that need no learning: heating against cooling, set-points out of reach, valves without effect, and
plant that starts too often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.insight.sensor_faults import Mask
from twin.model.device import Device, Point
from twin.model.early_warning import EarlyWarning, WarningKind
from twin.model.ids import PointId, RoomId
from twin.model.text import Text
from twin.model.twin import Twin

type Numbers = NDArray[np.float64]

STEP_MS, HOUR_STEPS = 60_000, 60
BOTH_STEPS, REACH_STEPS, VALVE_STEPS = 30, 240, 180
"""Samples of a minute: half an hour of heating against cooling, four hours off the set-point, three with an open valve."""
REACH_K, RISE_K, WIDE_OPEN = 1.0, 0.3, 98.0
MOST_STARTS = 6
"""Starts in an hour."""
_CYCLING = frozenset({"boiler", "heat_pump", "air_conditioner", "fan"})
READ = frozenset({"temperature", "setpoint_heat", "setpoint_cool", "hvac_action", "hvac_mode", "valve", "on_off"})
"""Capabilities whose values are asked for, of devices in rooms and of plant that must not start too often."""


def control_points(twin: Twin) -> tuple[Point, ...]:
    """The points whose recent values `control_warnings` needs."""
    return tuple(
        point
        for device in twin.devices
        for point in device.points
        if point.capability.id in READ
        and (
            device.kind in _CYCLING
            or (device.room is not None and (point.capability.id != "on_off" or _regulates(device)))
        )
    )


def _regulates(device: Device) -> bool:
    return any(point.capability.id in ("setpoint_heat", "setpoint_cool") for point in device.points)


@dataclass(frozen=True, slots=True, eq=False)
class ControlQuestion:
    """Values of the last two days, sampled every minute from `begin_ms` on: (t,) by point, NaN where unknown."""

    twin: Twin
    begin_ms: int
    values: Mapping[PointId, Numbers]


def control_warnings(question: ControlQuestion) -> list[EarlyWarning]:
    """Everything that holds lately."""
    found = [one for device in question.twin.devices for one in _of_device(question, device)]
    rooms: dict[RoomId, list[tuple[Device, Point, Numbers]]] = {}
    for device in question.twin.devices:
        if device.room is not None:
            rooms.setdefault(device.room, []).extend(
                (device, point, values) for point, values in _points(question, device, "hvac_action")
            )
    return [*found, *(one for actions in rooms.values() for one in _against(question, actions))]


def _points(question: ControlQuestion, device: Device, *capabilities: str) -> list[tuple[Point, Numbers]]:
    return [
        (point, question.values[point.id])
        for point in device.points
        if point.capability.id in capabilities and point.id in question.values
    ]


def _is(point: Point, values: Numbers, *words: str) -> Mask:
    """(t,) whether an enum shows one of these options."""
    codes = [float(at) for at, option in enumerate(point.options) if option in words]
    return np.isin(values, codes)


def _against(question: ControlQuestion, actions: list[tuple[Device, Point, Numbers]]) -> Iterable[EarlyWarning]:
    """Heating and cooling in one room at once."""
    for device, point, values in actions:
        heats = _is(point, values, "heating")
        for other, cooling, others in actions:
            both = heats & _is(cooling, others, "cooling")
            if other.id != device.id and (span := _newest(both, BOTH_STEPS)) is not None:
                text = Text("warning.control.against", name=device.name, other=other.name)
                yield _warning(question, device, point, "against", span, text)


def _of_device(question: ControlQuestion, device: Device) -> Iterable[EarlyWarning]:
    temperature = _room_temperature(question, device)
    if temperature is not None:
        for point, wanted in _points(question, device, "setpoint_heat", "setpoint_cool"):
            yield from _out_of_reach(question, device, point, wanted, temperature)
        for point, opened in _points(question, device, "valve"):
            yield from _without_rise(question, device, point, opened, temperature)
    if device.kind in _CYCLING:
        yield from _cycling(question, device)


def _room_temperature(question: ControlQuestion, device: Device) -> Numbers | None:
    """The device's own temperature, else the mean of those of its room."""
    own = [values for _, values in _points(question, device, "temperature")]
    if not own and device.room is not None:
        own = [
            values
            for other in question.twin.devices
            if other.room == device.room
            for _, values in _points(question, other, "temperature")
        ]
    if not own:
        return None
    known = np.isfinite(own).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known > 0, np.nansum(own, axis=0) / known, np.nan)


def _out_of_reach(
    question: ControlQuestion, device: Device, point: Point, wanted: Numbers, temperature: Numbers
) -> Iterable[EarlyWarning]:
    heats = point.capability.id == "setpoint_heat"
    off = np.zeros(len(wanted), bool)
    for _, values in _points(question, device, "on_off"):
        off |= values == 0
    for mode, values in _points(question, device, "hvac_mode"):
        off |= _is(mode, values, "off", "fan_only", "dry", "cool" if heats else "heat")
    short = wanted - temperature if heats else temperature - wanted
    with np.errstate(invalid="ignore"):
        span = _newest(~off & (short > REACH_K), REACH_STEPS)
    if span is None:
        return
    first, last = span
    goal, reached = float(wanted[last]), float(temperature[last])
    text = Text(
        f"warning.control.{'cold' if heats else 'warm'}", name=device.name, hours=(last - first + 1) / HOUR_STEPS,
        value=reached, expected=goal,
    )  # fmt: skip
    yield _warning(question, device, point, "out_of_reach", span, text, value=reached, expected=goal)


def _without_rise(
    question: ControlQuestion, device: Device, point: Point, opened: Numbers, temperature: Numbers
) -> Iterable[EarlyWarning]:
    with np.errstate(invalid="ignore"):
        span = _newest(opened >= WIDE_OPEN, VALVE_STEPS)
    if span is None:
        return
    first, last = span
    rise = float(temperature[last] - temperature[first])
    if not rise < RISE_K:
        return
    text = Text(
        "warning.control.valve", name=device.name, hours=(last - first + 1) / HOUR_STEPS, before=float(temperature[first]),
        value=float(temperature[last]),
    )  # fmt: skip
    yield _warning(question, device, point, "valve", span, text, value=float(temperature[last]))


def _cycling(question: ControlQuestion, device: Device) -> Iterable[EarlyWarning]:
    for point, values in _points(question, device, "hvac_action", "on_off"):
        runs = _is(point, values, "heating", "cooling") if point.capability.id == "hvac_action" else values == 1
        known = np.flatnonzero(np.isfinite(values))  # what is unknown for a while is no pause
        starts = np.zeros(len(values), bool)
        starts[known[1:]] = runs[known[1:]] & ~runs[known[:-1]]
        each_hour = np.convolve(starts.astype(np.int64), np.ones(HOUR_STEPS, np.int64))[: len(starts)]
        at = np.flatnonzero(each_hour > MOST_STARTS)
        if len(at):
            text = Text("warning.control.cycling", name=device.name, n=int(each_hour[at].max()))
            yield _warning(question, device, point, "cycling", (int(at[0]), int(at[-1])), text)
            return


def _newest(holds: Mask, least: int) -> tuple[int, int] | None:
    """(first, last) samples of the newest run of at least `least`, where it ended within the last day."""
    edges = np.flatnonzero(np.diff(np.r_[False, holds, False].astype(np.int8))).reshape(-1, 2)
    long = [(int(first), int(end) - 1) for first, end in edges if end - first >= least]
    return long[-1] if long and long[-1][1] >= len(holds) - 24 * HOUR_STEPS else None


def _warning(
    question: ControlQuestion, device: Device, point: Point, rule: str, span: tuple[int, int], text: Text,
    *, value: float | None = None, expected: float | None = None,
) -> EarlyWarning:  # fmt: skip
    first, last = span
    hours = (last - first + 1) / HOUR_STEPS
    kind = WarningKind.CONTROL
    return EarlyWarning(
        id=f"{kind.value}.{rule}:{point.id}", kind=kind, rule=rule, device=device.id, point=point.id, room=device.room,
        since_ms=question.begin_ms + first * STEP_MS, last_ms=question.begin_ms + last * STEP_MS, score=max(1.0, hours / 2),
        level=max(1.0, hours), text=text, explanations=(Text("warning.maybe.control"),),
        what_to_do=Text(f"warning.do.control.{rule}"), value=value, expected=expected,
    )  # fmt: skip
