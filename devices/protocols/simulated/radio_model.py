"""Radio links of a simulated building: mains devices relay, battery devices have one parent, walls and floors weaken signals."""

from __future__ import annotations

from collections import deque

from devices.protocols.simulated.blueprint import Blueprint, DeviceFacts
from devices.protocols.simulated.schedules import number_of
from twin.model.radio_map import Radio, RadioLink, RadioNode, RadioRole, RadioSurvey

_WIFI = frozenset({"charger", "heat_pump", "meter", "solar", "fan"})
_THREAD = frozenset({"radiator", "thermostat", "lock", "cover", "occupancy_sensor"})
_MAINS = frozenset({"light", "lamp", "plug", "thermostat", "cover"})
"""Kinds by radio (the others are Zigbee), and those that relay for others."""
_FLOOR = 2
"""Walls that weaken a signal as much as a floor does."""
_FAR = 4
"""Walls through which no signal passes."""
_CENTRE = {Radio.ZIGBEE: "zigbee-coordinator", Radio.THREAD: "thread-border-router", Radio.WIFI: "wifi-access-point"}
_NAMES = {Radio.ZIGBEE: "Zigbee coordinator", Radio.THREAD: "Thread border router", Radio.WIFI: "Access point"}
_ROLES = {
    Radio.ZIGBEE: RadioRole.COORDINATOR,
    Radio.THREAD: RadioRole.ROUTER,
    Radio.WIFI: RadioRole.ACCESS_POINT,
}


def simulated_radio(blueprint: Blueprint, now_ms: int) -> RadioSurvey:
    """Nodes and links of all devices. The centre of each network stands beside the building's first meter."""
    walls = _walls(blueprint)
    home = next((device.room for device in blueprint.devices if device.kind == "meter"), 0)
    nodes = [RadioNode(key=_CENTRE[radio], name=_NAMES[radio], role=_ROLES[radio]) for radio in Radio]
    links: list[RadioLink] = []
    for radio in Radio:
        own = [device for device in blueprint.devices if _radio(device) is radio]
        relays = [device for device in own if device.kind in _MAINS] if radio is not Radio.WIFI else []
        for device in own:
            relay = device in relays
            nodes.append(RadioNode(key=device.uid, role=RadioRole.ROUTER if relay else RadioRole.END_DEVICE))
            spots = [
                (walls[device.room].get(other.room, _FAR), other.uid) for other in relays if other.uid != device.uid
            ]
            spots.append((walls[device.room].get(home, _FAR), _CENTRE[radio]))
            heard = sorted(spots)[: 4 if relay else 1]
            links += [_link(radio, device.uid, other, far, now_ms) for far, other in heard if far < _FAR or not relay]
    return RadioSurvey(nodes=tuple(nodes), links=tuple(links))


def _radio(device: DeviceFacts) -> Radio:
    return Radio.WIFI if device.kind in _WIFI else Radio.THREAD if device.kind in _THREAD else Radio.ZIGBEE


def _walls(blueprint: Blueprint) -> list[dict[int, int]]:
    """By room, the walls between it and each other room."""
    beside: dict[int, list[tuple[int, int]]] = {}
    for one, other, _ in blueprint.neighbours:
        floors = abs(blueprint.rooms[one].storey - blueprint.rooms[other].storey)
        step = _FLOOR if floors else 1
        beside.setdefault(one, []).append((other, step))
        beside.setdefault(other, []).append((one, step))
    return [_from_room(room, beside) for room in range(len(blueprint.rooms))]


def _from_room(room: int, beside: dict[int, list[tuple[int, int]]]) -> dict[int, int]:
    found, waiting = {room: 0}, deque([room])
    while waiting:
        here = waiting.popleft()
        for other, step in beside.get(here, ()):
            if found[here] + step < found.get(other, _FAR):
                found[other] = found[here] + step
                waiting.append(other)
    return found


def _link(radio: Radio, uid: str, other: str, walls: int, now_ms: int) -> RadioLink:
    chance = number_of(f"{uid} {other}") % 100
    rssi_dbm = -48 - 8 * walls - chance % 12
    lqi = None
    if radio is Radio.ZIGBEE:
        lqi = max(8, 240 - 52 * walls - chance % 45)
    elif radio is Radio.THREAD:
        lqi = max(1, 3 - walls // 2)
    known = None if radio is Radio.ZIGBEE else rssi_dbm
    age_ms = 1000 * (number_of(uid) % 240)
    return RadioLink(radio=radio, start=other, end=uid, heard_ms=now_ms - age_ms, lqi=lqi, rssi_dbm=known)
