"""A house of boxes for tests and for looking at pictures: two storeys, furniture, devices, values."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from twin.model.device import Device, DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId, RoomId, StoreyId
from twin.model.mesh import Element, Mesh, MeshPart
from twin.model.observation import Observation, pack_xy
from twin.model.space import Room, Storey
from twin.model.state import State
from twin.model.twin import Twin

H = 3.0
WALL, SLAB, WOOD, CLOTH, WHITE, DARK, GLASS = (
    (225, 222, 214, 255), (170, 170, 170, 255), (201, 162, 116, 255), (88, 118, 152, 255), (236, 236, 238, 255),
    (52, 56, 64, 255), (150, 190, 215, 90),
)  # fmt: skip
GREEN = (92, 138, 88, 255)
_FACES = np.array([[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]])

PLANS: tuple[tuple[tuple[str, float, float, float, float], ...], ...] = (
    (("Living room", 0, 0, 6.2, 5), ("Kitchen", 6.2, 0, 12, 4), ("Dining", 6.2, 4, 12, 6.4), ("Hall", 0, 5, 4, 9),
     ("Study", 4, 5, 6.2, 9), ("Bath", 6.2, 6.4, 9, 9), ("Utility", 9, 6.4, 12, 9)),
    (("Bedroom", 0, 0, 5, 5), ("Guest room", 5, 0, 9, 5), ("Nursery", 9, 0, 12, 5), ("Landing", 0, 5, 8, 9),
     ("Bathroom", 8, 5, 12, 9)),
)  # fmt: skip


@dataclass
class Boxes:
    """Collects boxes per (storey, category)."""

    found: dict[tuple[str, str], list[tuple[tuple[float, ...], tuple[int, ...]]]] = field(default_factory=dict)

    def add(self, storey: str, category: str, box: tuple[float, ...], colour: tuple[int, ...]) -> None:
        self.found.setdefault((storey, category), []).append((box, colour))

    def mesh(self) -> Mesh:
        parts, elements = [], []
        for (storey, category), boxes in self.found.items():
            corners, triangles, colours, owners = [], [], [], []
            for i, (box, colour) in enumerate(boxes):
                x, y, z = (box[0], box[3]), (box[1], box[4]), (box[2], box[5])
                corners += [(x[k & 1], y[(k >> 1) & 1], z[(k >> 2) & 1]) for k in range(8)]
                tri = [(f[0], f[1], f[2]) for f in _FACES] + [(f[0], f[2], f[3]) for f in _FACES]
                triangles.append(np.array(tri) + 8 * i)
                colours += [colour] * 12
                owners += [len(elements) + i] * 12
            elements += [Element(name=category, ifc_class=category)] * len(boxes)
            parts.append(
                MeshPart(
                    storey=StoreyId(storey), category=category, positions=np.array(corners, np.float32),
                    triangles=np.concatenate(triangles).astype(np.uint32), colours=np.array(colours, np.uint8),
                    elements=np.array(owners, np.uint32),
                )
            )  # fmt: skip
        return Mesh(parts=tuple(parts), elements=tuple(elements))


def _wall(boxes: Boxes, storey: str, along: str, span: tuple[float, float], at: float, z: float, holes=(), t=0.14):
    """A wall with holes (centre, width, sill, head); sill 0 is a door."""

    def put(a, b, low, high, category="wall", colour=WALL, thick=t):
        box = (a, at - thick / 2, z + low, b, at + thick / 2, z + high)
        if along == "y":
            box = (box[1], box[0], box[2], box[4], box[3], box[5])
        boxes.add(storey, category, box, colour)

    cur = span[0]
    for centre, width, sill, head in sorted(holes):
        put(cur, centre - width / 2, 0, 2.7)
        put(centre - width / 2, centre + width / 2, head, 2.7)
        if sill > 0:
            put(centre - width / 2, centre + width / 2, 0, sill)
            put(centre - width / 2, centre + width / 2, sill, head, "window", GLASS, 0.03)
            for a in (centre - width / 2, centre + width / 2 - 0.06):
                put(a, a + 0.06, sill, head, "window", WHITE, 0.08)
        cur = centre + width / 2
    put(cur, span[1], 0, 2.7)


def _shell(boxes: Boxes, storey: str, z: float) -> None:
    south = [(2.0, 1.6, 0.8, 2.2), (5.0, 1.6, 0.8, 2.2), (8.0, 1.6, 0.8, 2.2), (10.6, 1.6, 0.8, 2.2)]
    side = [(2.3, 1.6, 0.8, 2.2), (7.0, 1.6, 0.8, 2.2)]
    _wall(boxes, storey, "x", (-0.15, 12.15), 0, z, south, 0.3)
    _wall(boxes, storey, "x", (-0.15, 12.15), 9, z, south if z else [(1.2, 1.1, 0, 2.1), *south[1:]], 0.3)
    _wall(boxes, storey, "y", (0.15, 8.85), 0, z, side, 0.3)
    _wall(boxes, storey, "y", (0.15, 8.85), 12, z, side, 0.3)
    boxes.add(storey, "slab", (-0.35, -0.35, z - 0.3, 12.35, 9.35, z), SLAB)


def _furniture(boxes: Boxes, storey: str, z: float, rows) -> None:
    for colour, *b in rows:
        boxes.add(storey, "furniture", (b[0], b[1], b[2] + z, b[3], b[4], b[5] + z), colour)


def _desk(x: float, y: float):
    return [
        (WOOD, x - 0.7, y - 0.35, 0.70, x + 0.7, y + 0.35, 0.75), (DARK, x - 0.66, y - 0.3, 0, x - 0.6, y + 0.3, 0.7),
        (DARK, x + 0.6, y - 0.3, 0, x + 0.66, y + 0.3, 0.7), (DARK, x - 0.3, y + 0.1, 0.85, x + 0.3, y + 0.13, 1.2),
        (CLOTH, x - 0.25, y - 0.85, 0.42, x + 0.25, y - 0.4, 0.5), (CLOTH, x - 0.25, y - 0.9, 0.5, x + 0.25, y - 0.84, 1.0),
    ]  # fmt: skip


GROUND = [
    (CLOTH, 0.5, 0.5, 0, 1.4, 3.2, 0.42), (CLOTH, 0.4, 0.5, 0.42, 0.7, 3.2, 0.85), (CLOTH, 0.4, 0.4, 0, 1.4, 0.6, 0.6),
    (WOOD, 2.0, 1.3, 0.35, 3.0, 2.5, 0.42), (DARK, 2.1, 1.4, 0, 2.2, 1.5, 0.35), (DARK, 2.8, 2.3, 0, 2.9, 2.4, 0.35),
    (WHITE, 5.5, 1.0, 0, 5.95, 3.0, 0.5), (DARK, 5.75, 1.2, 0.7, 5.82, 2.8, 1.5), (GREEN, 5.3, 4.2, 0.3, 5.8, 4.7, 1.2),
    (WHITE, 6.5, 0.25, 0, 11.7, 0.85, 0.9), (WOOD, 6.5, 0.25, 0.9, 11.7, 0.87, 0.95), (WHITE, 8, 2, 0, 10.2, 2.9, 0.9),
    (WOOD, 7.95, 1.95, 0.9, 10.25, 2.95, 0.95), (DARK, 11.1, 0.9, 0, 11.75, 1.6, 1.9), (WOOD, 8, 4.7, 0.72, 10.6, 5.7, 0.77),
    (DARK, 8.1, 4.8, 0, 8.2, 4.9, 0.72), (DARK, 10.4, 5.5, 0, 10.5, 5.6, 0.72),
    *[(CLOTH, x, y, 0.42, x + 0.4, y + 0.4, 0.47) for x in (8.2, 9.1, 10.0) for y in (4.25, 5.8)],
    *_desk(5.1, 8.2), (WOOD, 0.3, 8.3, 0, 0.6, 8.8, 1.9), (WHITE, 6.6, 8.0, 0, 8.3, 8.75, 0.55),
    (WHITE, 8.3, 6.7, 0, 8.8, 7.2, 0.85), (WHITE, 9.4, 8.2, 0, 10, 8.8, 0.85), (WHITE, 10.2, 8.2, 0, 10.8, 8.8, 0.85),
]  # fmt: skip
UPPER = [
    (CLOTH, 1.5, 0.5, 0.2, 3.3, 2.5, 0.55), (WHITE, 1.6, 0.5, 0.55, 3.2, 0.95, 0.68), (WOOD, 0.3, 4.2, 0, 2.6, 4.8, 2.1),
    (CLOTH, 6.2, 0.5, 0.2, 7.6, 2.5, 0.55), (WHITE, 6.3, 0.5, 0.55, 7.5, 0.9, 0.68), (WOOD, 8.3, 3, 0, 8.85, 4.6, 2.1),
    (CLOTH, 9.6, 0.6, 0.3, 10.4, 1.9, 0.5), (WOOD, 11.2, 1, 0, 11.8, 3, 1.2), (WHITE, 10.2, 7.6, 0, 11.8, 8.7, 0.55),
    (WHITE, 8.4, 8, 0, 8.9, 8.6, 0.85), (WOOD, 0.4, 8.3, 0, 3.4, 8.8, 0.9),
]  # fmt: skip


def house_mesh() -> Mesh:
    """Walls, slabs, windows and furniture of both storeys."""
    boxes = Boxes()
    door, opening = 2.1, 2.1
    _shell(boxes, "ground", 0.0)
    for along, span, at, holes in (
        ("y", (0, 4), 6.2, [(2.9, 1.4, 0, opening)]), ("y", (4, 6.4), 6.2, [(5.2, 1.2, 0, opening)]),
        ("x", (6.2, 12), 4, [(8.5, 1.6, 0, opening)]), ("x", (0, 6.2), 5, [(2, 1.1, 0, door), (5, 0.9, 0, door)]),
        ("y", (5, 9), 4, [(7, 0.9, 0, door)]), ("x", (6.2, 12), 6.4, [(7, 0.9, 0, door), (10, 0.9, 0, door)]),
        ("y", (6.4, 9), 6.2, []), ("y", (6.4, 9), 9, []),
    ):  # fmt: skip
        _wall(boxes, "ground", along, span, at, 0.0, holes)
    _furniture(boxes, "ground", 0.0, GROUND)
    _shell(boxes, "upper", H)
    for along, span, at, holes in (
        ("y", (0, 5), 5, []), ("y", (0, 5), 9, []), ("x", (0, 12), 5, [(2, 0.9, 0, door), (7, 0.9, 0, door), (10.5, 0.9, 0, door)]),
        ("y", (5, 9), 8, [(6.5, 0.9, 0, door)]),
    ):  # fmt: skip
        _wall(boxes, "upper", along, span, at, H, holes)
    _furniture(boxes, "upper", H, UPPER)
    boxes.add("roof", "roof", (-0.5, -0.5, 2 * H - 0.3, 12.5, 9.5, 2 * H), SLAB)
    boxes.add("roof", "wall", (-0.5, -0.5, 2 * H, 12.5, -0.4, 2 * H + 0.3), WALL)
    return boxes.mesh()


LINK = Link(id=LinkId("link"), protocol="simulated", address="")
DEVICES: tuple[tuple[str, str, str, tuple[str, ...], tuple[float, float, float]], ...] = (
    ("Ceiling light", "light", "Living room", ("on_off", "level", "color_temperature"), (3.1, 2.6, 2.5)),
    ("Floor lamp", "lamp", "Living room", ("on_off",), (0.7, 4.4, 1.5)),
    ("Climate", "climate_sensor", "Living room", ("temperature", "humidity"), (4.4, 4.8, 1.5)),
    ("Television", "tv", "Living room", ("on_off",), (5.8, 2.0, 1.1)),
    ("Blind", "cover", "Living room", ("position",), (2.0, 0.2, 2.0)),
    ("Kitchen light", "light", "Kitchen", ("on_off", "level"), (9.0, 2.4, 2.5)),
    ("Fridge plug", "plug", "Kitchen", ("on_off", "power"), (11.4, 1.2, 0.4)),
    ("Air", "air_sensor", "Kitchen", ("co2", "temperature"), (6.5, 1.2, 1.6)),
    ("Smoke", "smoke_alarm", "Kitchen", ("smoke",), (7.6, 3.2, 2.6)),
    ("Table lamp", "light", "Dining", ("on_off", "level"), (9.3, 5.2, 2.2)),
    ("Dining climate", "climate_sensor", "Dining", ("temperature",), (11.7, 5.8, 1.5)),
    ("Front door", "lock", "Hall", ("lock",), (1.2, 8.8, 1.0)), ("Motion", "motion_sensor", "Hall", ("motion",), (3.6, 5.4, 2.3)),
    ("Hall climate", "climate_sensor", "Hall", ("temperature",), (0.3, 6.0, 1.5)),
    ("Hall light", "light", "Hall", ("on_off",), (2.0, 7.0, 2.5)),
    ("Desk lamp", "lamp", "Study", ("on_off",), (4.6, 8.4, 1.0)), ("Thermostat", "thermostat", "Study", ("temperature", "setpoint_heat"), (6.1, 6.0, 1.5)),
    ("Bath heater", "radiator", "Bath", ("temperature", "valve"), (6.4, 7.2, 0.6)), ("Leak", "leak_sensor", "Bath", ("water_leak",), (7.0, 7.8, 0.1)),
    ("Washer", "plug", "Utility", ("on_off", "power"), (9.7, 8.7, 0.5)),
    ("Bed light", "light", "Bedroom", ("on_off", "level", "color_temperature"), (2.4, 2.5, 2.5)),
    ("Bed climate", "climate_sensor", "Bedroom", ("temperature",), (4.8, 3.0, 1.5)),
    ("Guest climate", "climate_sensor", "Guest room", ("temperature",), (5.2, 3.0, 1.5)),
    ("Night light", "lamp", "Nursery", ("on_off", "color"), (11.5, 3.6, 0.8)), ("Nursery climate", "climate_sensor", "Nursery", ("temperature",), (9.3, 4.0, 1.5)),
    ("Landing climate", "climate_sensor", "Landing", ("temperature",), (4.0, 8.8, 1.5)),
    ("Bathroom fan", "fan", "Bathroom", ("fan_speed",), (10, 7, 2.4)),
)  # fmt: skip
TEMPERATURES = {
    "Climate": 22.4, "Air": 21.3, "Dining climate": 20.8, "Hall climate": 22.2, "Thermostat": 23.0, "Bath heater": 20.1,
    "Bed climate": 24.0, "Guest climate": 19.9, "Nursery climate": 21.9, "Landing climate": 21.2,
}  # fmt: skip


def house_twin() -> Twin:
    """Two storeys and a roof, twelve rooms, their devices."""
    storeys = (
        Storey(id=StoreyId("ground"), name="Ground floor", elevation_m=0.0, height_m=H),
        Storey(id=StoreyId("upper"), name="First floor", elevation_m=H, height_m=H),
        Storey(id=StoreyId("roof"), name="Roof", elevation_m=2 * H, height_m=1.0),
    )
    rooms = []
    for storey, plan in zip(storeys[:2], PLANS, strict=True):
        for name, x0, y0, x1, y1 in plan:
            z = storey.elevation_m
            rooms.append(
                Room(
                    id=RoomId(name), storey=storey.id, name=name, outline=((x0, y0), (x1, y0), (x1, y1), (x0, y1)),
                    floor_m=z, ceiling_m=z + 2.7, area_m2=(x1 - x0) * (y1 - y0),
                )
            )  # fmt: skip
    return Twin(name="Maple House", storeys=storeys, rooms=tuple(rooms), devices=tuple(map(_device, DEVICES)))


def _device(row) -> Device:
    name, kind, room, capabilities, (x, y, z) = row
    upper = room in {plan[0] for plan in PLANS[1]}
    info = DeviceInfo(
        uid=name, name=name, kind=kind, points=tuple(PointInfo(key=c, capability=c) for c in capabilities)
    )
    made = device_from_description(info, LINK)
    from dataclasses import replace

    return replace(made, room=RoomId(room), position_m=(x, y, z + (H if upper else 0.0)))


def house_state(twin: Twin) -> State:
    """Believable values: lights on in the living room, the dining room and the bedroom, some rooms without data."""
    state = State(point.id for point in twin.points)
    lit = {"Ceiling light": 80.0, "Table lamp": 60.0, "Bed light": 100.0, "Floor lamp": None, "Night light": None}
    for device in twin.devices:
        values = {"temperature": TEMPERATURES.get(device.name), "level": lit.get(device.name), "power": 84.0}
        values["on_off"] = 1.0 if device.name in lit or device.kind in ("plug", "tv") else 0.0
        values |= {
            "color_temperature": 2700.0,
            "color": pack_xy(0.25, 0.12),
            "co2": 640.0,
            "humidity": 44.0,
            "water_leak": 0.0,
        }
        for point in device.points:
            value = values.get(point.info.capability)
            if value is not None:
                state.apply(Observation(point=point.id, time_ms=1, value=value))
    return state
