"""The devices behind a bridge: the bridge itself, what is paired with it, and its rooms and zones. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from devices.json_document import Document
from devices.protocols.hue.hue_points import (
    SENSORS,
    HuePoint,
    button_point,
    clean,
    identify_point,
    light_points,
    scene_point,
    sensor_points,
)
from devices.protocols.hue.hue_resources import HueResources, references
from twin.model.device import DeviceInfo
from twin.model.skipped import Skipped
from twin.model.text import Text

GROUPS = ("room", "zone")
_UNREAD = ("relative_rotary", "bell_button", "speaker", "convenience_area_motion", "security_area_motion")
"""Services that measure or do something and are not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HueDevice:
    """One device with its points."""

    info: DeviceInfo
    points: tuple[HuePoint, ...]
    radio: str = ""
    """The resource that tells whether the bridge reaches it; empty where there is none."""


def devices_of(
    resources: HueResources, uid: str, address: str, *, groups: bool
) -> tuple[tuple[HueDevice, ...], tuple[Skipped, ...]]:
    """The bridge, every device, and the rooms and zones where `groups`; and the services that are not read."""
    room_of = {
        rid: clean(room, "metadata.name")
        for room in resources.of_type("room")
        for rid, _ in references(room.get("children"))
    }
    found = [_device(resources, one, uid, address, room_of) for one in resources.of_type("device")]
    found.sort(key=lambda one: one.info.uid != uid)
    if groups:
        found += [one for type in GROUPS for group in resources.of_type(type) for one in _group(resources, group, uid)]
    skipped = [
        Skipped(f"{clean(device, 'metadata.name')}: {kind.replace('_', ' ')}", Text("hue.service"))
        for device in resources.of_type("device")
        for _, kind in references(device.get("services"))
        if kind in _UNREAD
    ]
    return tuple(found), tuple(skipped)


def _device(resources: HueResources, one: Document, uid: str, address: str, room_of: dict[str, str]) -> HueDevice:
    is_bridge = bool(resources.services(one, "bridge"))
    rid = str(one["id"])
    own = uid if is_bridge else f"{uid}/{rid}"
    radios = resources.services(one, "zigbee_connectivity")
    radio: Document = radios[0] if radios else {}
    points = tuple(_points(resources, one))
    return HueDevice(
        info=DeviceInfo(
            uid=own,
            name=clean(one, "metadata.name") or clean(one, "product_data.product_name") or "Hue",
            points=tuple(point.info for point in points),
            kind="bridge" if is_bridge else _kind(resources, one),
            maker=clean(one, "product_data.manufacturer_name"),
            model=clean(one, "product_data.product_name") or clean(one, "product_data.model_id"),
            serial=uid if is_bridge else clean(radio, "mac_address"),
            firmware=clean(one, "product_data.software_version"),
            area="" if is_bridge else room_of.get(rid, ""),
            address=address,
            via="" if is_bridge else uid,
        ),
        points=points,
        radio="" if is_bridge or not radio else str(radio["id"]),
    )


def _kind(resources: HueResources, one: Document) -> str:
    """`plug` or `light`; empty where the points make the kind."""
    lights = resources.services(one, "light")
    archetypes = {clean(light, "metadata.archetype") for light in lights} | {clean(one, "metadata.archetype")}
    return "plug" if lights and "plug" in archetypes else "light" if lights else ""


def _points(resources: HueResources, one: Document) -> Iterator[HuePoint]:
    lights = resources.services(one, "light")
    for at, light in enumerate(lights):
        several = len(lights) > 1
        name = clean(light, "metadata.name") or f"light {at + 1}"
        yield from light_points(light, f"light.{str(light['id'])[:8]}." if at else "light.", name if several else "")
    for type in SENSORS:
        for at, service in enumerate(resources.services(one, type)):
            yield from sensor_points(service, f"{str(service['id'])[:8]}." if at else "")
    buttons = resources.services(one, "button")
    for button in buttons:
        yield button_point(button, len(buttons) > 1)
    if "identify" in one:
        yield identify_point(one)


def _group(resources: HueResources, group: Document, uid: str) -> Iterator[HueDevice]:
    """A room or zone that has lights, with its scenes."""
    lights = resources.services(group, "grouped_light")
    if not lights:
        return
    points = light_points(lights[0], "group.", "")
    rid = str(group["id"])
    scenes = tuple(
        one for one in resources.of_type("scene") if references([one.get("group")]) and _group_of(one) == rid
    )
    if scenes:
        points.append(scene_point(group, scenes))
    name = clean(group, "metadata.name") or str(group.get("type"))
    yield HueDevice(
        info=DeviceInfo(
            uid=f"{uid}/{rid}",
            name=name,
            points=tuple(point.info for point in points),
            kind="controller",
            area=name if group.get("type") == "room" else "",
            via=uid,
        ),
        points=tuple(points),
    )


def _group_of(scene: Document) -> str:
    return next((rid for rid, _ in references([scene.get("group")])), "")
