"""Sentences about the comfort and air of a room as texts."""

from __future__ import annotations

from math import isfinite

from twin.model.room_comfort import ComfortAssumptions, ComfortEvidence, ComfortModel, CommandFact, RoomComfort
from twin.model.text import Text
from twin.model.twin import Twin


def verdict_text(room: RoomComfort) -> Text:
    """How long the room was outside comfort, or that there is no verdict."""
    if room.minutes is None:
        return Text("comfort.unknown", percent=100 * room.coverage)
    total = sum(room.minutes)
    if total <= 0:
        return Text("comfort.vacant")
    cold, warm = room.too_cold or 0.0, room.too_warm or 0.0
    hours, outside = total / 60, 100 * room.minutes[3] / total
    if room.minutes[3] < 1:
        return Text("comfort.fine", hours=hours)
    code = "comfort.cold" if warm <= 0 else "comfort.warm" if cold <= 0 else "comfort.both"
    return Text(code, percent=outside, hours=hours, cold=cold / 60, warm=warm / 60)


def place_title(room: RoomComfort, twin: Twin) -> str:
    """Name of the room, or of all that are judged as one; its id where it is not there any more."""
    found = (twin.room_of.get(one) for one in room.joined or (room.room,))
    return ", ".join(one.title for one in found if one is not None) or room.room


def air_texts(room: RoomComfort) -> tuple[Text, ...]:
    """Temperature, humidity, CO2, ventilation, dew point and mould, as far as they are known."""
    found: list[Text] = []
    if isfinite(room.mean_c):
        found.append(Text("comfort.temperature", mean=room.mean_c, low=room.low_c, high=room.high_c))
    if isfinite(room.pmv):
        found.append(Text("comfort.vote", pmv=room.pmv))
    if room.co2_minutes is not None:
        found.append(Text("comfort.co2", high=room.co2_high, hours=room.co2_minutes[0] / 60))
    if room.air_changes is not None and room.air_changes_spread is not None:
        low, high = room.air_changes_spread
        found.append(Text("comfort.air_changes", rate=room.air_changes, low=low, high=high, n=room.decays))
    if room.air_per_person_l_s is not None:
        found.append(Text("comfort.air_per_person", rate=room.air_per_person_l_s))
    if isfinite(room.humidity):
        found.append(Text("comfort.humidity", humidity=room.humidity, dew_point=room.dew_point_c))
    if room.surface_humidity is not None:
        code = "comfort.mould_risk" if room.surface_humidity >= 80 else "comfort.wall_dry"
        found.append(Text(code, percent=room.surface_humidity))
    if room.mould_index is not None:
        found.append(Text("comfort.mould_index", index=room.mould_index))
    return tuple(found)


def assumption_text(assumed: ComfortAssumptions) -> Text:
    """What was assumed, in one sentence."""
    if assumed.model is ComfortModel.ADAPTIVE:
        return Text("comfort.by_adaptive")
    clo = Text("comfort.clo_by_weather") if assumed.clo is None else Text("comfort.clo", clo=assumed.clo)
    return Text("comfort.by_pmv", met=assumed.met, clo=clo, air=assumed.air_m_s, radiant=assumed.radiant_offset_c)


def then_text(found: ComfortEvidence, room: str) -> Text:
    """The values of a room at the moment of the evidence."""
    return Text(
        "comfort.then", room=room, time=found.time_ms, temperature=found.temperature_c, humidity=found.humidity,
        co2=found.co2_ppm, pmv=found.pmv, ppd=found.ppd,
    )  # fmt: skip


def command_text(one: CommandFact, twin: Twin) -> Text:
    """A command: when, which point, what, by whom, and how it ended."""
    device, point = twin.device_of.get(one.device), twin.point_of.get(one.point)
    return Text(
        "comfort.command", time=one.time_ms, device=device.name if device is not None else one.device,
        point=point.title if point is not None else one.point, verb=one.verb,
        value=one.value, who=one.who or Text("comfort.own_user"), result=one.result,
    )  # fmt: skip
