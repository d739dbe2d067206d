"""The points of Hue's services: what they report and how they are commanded (CLIP API v2). Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from devices.choice_names import ChoiceNames, unique_names
from devices.json_document import Document, number, part_of, value_at
from devices.protocols.hue.hue_resources import HueResources
from devices.wanted_value import meaningless, wanted_number, wanted_truth
from twin.model.device import PointInfo
from twin.model.ids import clean_name
from twin.model.observation import Value

type ReadResource = Callable[[Document], Value]
type Change = tuple[str, dict[str, Any]]
"""A resource, such as `light/ID`, and the change of it."""
type WriteResource = Callable[[str, Value, Value], Change]
"""The change for a verb, a value and the value before. Raises RefusedError."""
EVENTS = {
    "initial_press": "press", "short_release": "release", "long_release": "release", "double_short_release": "double",
    "long_press": "long",
}  # fmt: skip
"""Events of a button; `repeat` comes again and again while it is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HuePoint:
    """One point, the resource that it is read from, and how it is commanded."""

    info: PointInfo
    rid: str
    read: ReadResource
    write: WriteResource | None = field(default=None)
    scenes: Mapping[str, str] = field(default_factory=dict[str, str])
    """The names of scenes by their ids, of a point that shows the active one."""

    def value(self, resources: HueResources) -> Value:
        """The present value; None where there is none."""
        if self.scenes:
            active = (name for rid, name in self.scenes.items() if _is_active(resources.get(rid)))
            return next(active, None)
        return self.read(resources.get(self.rid))

    @property
    def fires(self) -> bool:
        """Whether it is reported by events alone."""
        return self.info.capability == "button"


def light_points(service: Document, prefix: str, label: str) -> list[HuePoint]:
    """Points of a `light` or `grouped_light`: on/off, level, white, colour and effect, as far as it has them."""
    rid, path = str(service["id"]), f"{service.get('type')}/{service['id']}"

    def titled(title: str) -> str:
        return f"{label} {title}".strip() if label else ""

    def point(key: str, capability: str, read: ReadResource, write: WriteResource, **more: Any) -> HuePoint:  # noqa: ANN401 - fields
        title = "" if capability == "on_off" else capability.replace("_", " ").replace("color", "colour")
        info = PointInfo(key=prefix + key, capability=capability, label=titled(title), writable=True, **more)
        return HuePoint(info=info, rid=rid, read=read, write=write)

    found: list[HuePoint] = []
    if "on" in service:
        found.append(
            point("on", "on_off", _is_on, lambda verb, value, before: (path, _on(wanted_truth(verb, value, before))))
        )
    if "dimming" in service:
        found.append(point("level", "level", _level, _dimming(path)))
    if isinstance(service.get("color_temperature"), dict):
        found.append(point("white", "color_temperature", _kelvin, _white(path), **_range(service)))
    if isinstance(service.get("color"), dict):
        found.append(point("colour", "color", _xy, _colour(path)))
    effects = ChoiceNames(_words(value_at(service, "effects.effect_values")))
    if effects.shown:
        found.append(point("effect", "effect", _effect(effects), _set_effect(path, effects), options=effects.shown))
    return found


def _on(wanted: bool) -> dict[str, Any]:
    return {"on": {"on": wanted}}


def _is_on(service: Document) -> Value:
    found = value_at(service, "on.on")
    return found if isinstance(found, bool) else None


def _level(service: Document) -> Value:
    """Percent; 0 while it is off, for which a bridge keeps the brightness that it is to return to."""
    return 0.0 if _is_on(service) is False else number(value_at(service, "dimming.brightness"))


def _dimming(path: str) -> WriteResource:
    def write(verb: str, value: Value, before: Value) -> Change:
        wanted = wanted_number(verb, value, before)
        return path, (_on(True) | {"dimming": {"brightness": wanted}}) if wanted > 0 else _on(False)

    return write


def _range(service: Document) -> dict[str, float]:
    coldest = number(value_at(service, "color_temperature.mirek_schema.mirek_minimum"))
    warmest = number(value_at(service, "color_temperature.mirek_schema.mirek_maximum"))
    if not coldest or not warmest or not 0 < coldest < warmest:
        return {}
    return {"minimum": math.floor(1e6 / warmest), "maximum": math.ceil(1e6 / coldest)}


def _kelvin(service: Document) -> Value:
    mirek = number(value_at(service, "color_temperature.mirek"))
    is_valid = value_at(service, "color_temperature.mirek_valid") is not False
    return 1e6 / mirek if mirek and mirek > 0 and is_valid else None


def _white(path: str) -> WriteResource:
    def write(verb: str, value: Value, before: Value) -> Change:
        mirek = round(1e6 / max(1.0, wanted_number(verb, value, before)))
        return path, _on(True) | {"color_temperature": {"mirek": mirek}}

    return write


def _xy(service: Document) -> Value:
    x, y = (number(value_at(service, f"color.xy.{axis}")) for axis in "xy")
    return (x, y) if x is not None and y is not None and 0 <= x <= 1 and 0 <= y <= 1 else None


def _colour(path: str) -> WriteResource:
    def write(verb: str, value: Value, _before: Value) -> Change:
        if verb != "set" or not isinstance(value, tuple) or not all(math.isfinite(part) for part in value):
            raise meaningless(verb, value)
        return path, _on(True) | {"color": {"xy": {"x": round(value[0], 4), "y": round(value[1], 4)}}}

    return write


def _effect(effects: ChoiceNames) -> ReadResource:
    def read(service: Document) -> Value:
        found = value_at(service, "effects.status")
        return effects.name_of(found) if isinstance(found, str) else None

    return read


def _set_effect(path: str, effects: ChoiceNames) -> WriteResource:
    def write(verb: str, value: Value, _before: Value) -> Change:
        if verb != "set" or not isinstance(value, str) or value not in effects.shown:
            raise meaningless(verb, value)
        return path, _on(True) | {"effects": {"effect": effects.spelling_of(value)}}

    return write


def scene_point(group: Document, scenes: tuple[Document, ...]) -> HuePoint:
    """The scenes of a room or zone, of which it shows the one that is active."""
    names = unique_names(str(value_at(one, "metadata.name") or "") for one in scenes)
    rids = dict(zip(names, (str(one["id"]) for one in scenes), strict=True))

    def write(verb: str, value: Value, _before: Value) -> Change:
        rid = rids.get(value) if isinstance(value, str) else None
        if verb != "activate" or rid is None:
            raise meaningless(verb, value)
        return f"scene/{rid}", {"recall": {"action": "active"}}

    info = PointInfo(key="scene", capability="scene", options=names, writable=True)
    scenes_of = {rid: name for name, rid in rids.items()}
    return HuePoint(info=info, rid=str(group["id"]), read=lambda _group: None, write=write, scenes=scenes_of)


def _is_active(scene: Document) -> bool:
    return value_at(scene, "status.active") not in (None, "inactive")


def identify_point(device: Document) -> HuePoint:
    """Makes a device blink."""
    path = f"device/{device['id']}"

    def write(verb: str, value: Value, _before: Value) -> Change:
        if verb != "identify":
            raise meaningless(verb, value)
        return path, {"identify": {"action": "identify"}}

    info = PointInfo(key="identify", capability="identify", writable=True, reports=False)
    return HuePoint(info=info, rid=str(device["id"]), read=lambda _device: None, write=write)


def sensor_points(service: Document, prefix: str) -> list[HuePoint]:
    """Points of a service that is only read."""
    rows = SENSORS.get(str(service.get("type")), ())
    return [
        HuePoint(
            info=PointInfo(key=prefix + key, capability=capability, label=label, unit=unit),
            rid=str(service["id"]),
            read=read,
        )
        for key, capability, label, unit, read in rows
    ]


def button_point(service: Document, several: bool) -> HuePoint:
    """A button, whose events are reported as they come."""
    control = value_at(service, "metadata.control_id")
    at = control if isinstance(control, int) else 1
    info = PointInfo(key=f"button.{at}", capability="button", label=f"Button {at}" if several else "")
    return HuePoint(info=info, rid=str(service["id"]), read=_pressed)


def _pressed(service: Document) -> Value:
    found = value_at(service, "button.button_report.event") or value_at(service, "button.last_event")
    return EVENTS.get(str(found))


def _valid(path: str, flag: str) -> ReadResource:
    """The newest number or truth of a sensor: that of its report, else the plain one; None while it is switched off."""

    def read(service: Document) -> Value:
        outer, inner = path.split(".")
        part = part_of(service, outer)
        reported = part_of(part, f"{inner}_report").get(inner)
        found = part.get(inner) if reported is None else reported
        if service.get("enabled") is False or part.get(flag) is False:
            return None
        return found if isinstance(found, bool) else number(found)

    return read


def _lux(service: Document) -> Value:
    found = _valid("light.light_level", "light_level_valid")(service)
    return (
        10 ** ((found - 1) / 10_000)
        if isinstance(found, float) and 0 < found <= 60_000
        else 0.0
        if found == 0
        else None
    )


def _state_is(path: str, words: dict[str, bool]) -> ReadResource:
    return lambda service: words.get(str(value_at(service, path)))


def _tampered(service: Document) -> Value:
    listed = service.get("tamper_reports")
    reports = cast("list[object]", listed) if isinstance(listed, list) else []
    states = [cast(Document, one).get("state") for one in reports if isinstance(one, dict)]
    return "tampered" in states if states else None


type HueSensorRow = tuple[str, str, str, str, ReadResource]
"""Key, capability, label, unit, and how it is read."""
_MOTION: HueSensorRow = ("motion", "motion", "", "", _valid("motion.motion", "motion_valid"))
SENSORS: dict[str, tuple[HueSensorRow, ...]] = {
    "motion": (_MOTION,),
    "camera_motion": (_MOTION,),
    "temperature": (("temperature", "temperature", "", "°C", _valid("temperature.temperature", "temperature_valid")),),
    "light_level": (("illuminance", "illuminance", "", "lx", _lux),),
    "contact": (
        ("contact", "contact", "", "", _state_is("contact_report.state", {"no_contact": True, "contact": False})),
    ),
    "tamper": (("tamper", "tamper", "", "", _tampered),),
    "device_power": (
        ("battery", "battery", "", "%", lambda one: number(value_at(one, "power_state.battery_level"))),
        (
            "battery_low",
            "battery_low",
            "",
            "",
            _state_is("power_state.battery_state", {"normal": False, "low": True, "critical": True}),
        ),
    ),
    "device_software_update": (
        (
            "update",
            "raw_bool",
            "Update available",
            "",
            _state_is(
                "state", {"no_update": False, "update_pending": True, "ready_to_install": True, "installing": True}
            ),
        ),
    ),
}


def _words(listed: object) -> tuple[str, ...]:
    found = cast("list[object]", listed) if isinstance(listed, list) else []
    return tuple(one for one in found if isinstance(one, str))[:64]


def clean(document: Document, path: str) -> str:
    """A text in a document, cleaned; empty where there is none."""
    found = value_at(document, path)
    return clean_name(found) if isinstance(found, str) else ""
