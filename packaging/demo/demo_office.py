"""Quay 7: our demo office; a corridor with rooms on both sides, as many storeys and bays as asked for."""

from __future__ import annotations

from dataclasses import dataclass

from demo_plan import Level, Plan, PlanDevice, PlanWall

BAY, OUT, IN = 3.0, 0.32, 0.12
DEPTH, CORRIDOR = 5.4, 2.2
HEIGHT, RISE = 2.9, 3.4
FLOORS = {"open": "#b9bec6", "cell": "#c2b9ab", "meeting": "#9aa9b5", "focus": "#b7b3a6", "kitchenette": "#c9c6bf", "corridor": "#cfcbc2", "lobby": "#d4cfc4", "wc": "#d9dcdc", "server": "#8e949c"}  # fmt: skip
_SOUTH = (("open", 3), ("meeting", 1), ("open", 2), ("cell", 1), ("cell", 1))
_NORTH = (("meeting", 2), ("cell", 1), ("focus", 1), ("open", 2), ("kitchenette", 1), ("cell", 1))
_TITLES = {
    "open": "Studio",
    "cell": "Office",
    "meeting": "Meeting",
    "focus": "Focus",
    "kitchenette": "Kitchenette",
    "wc": "WC",
    "server": "Server room",
}


@dataclass(frozen=True, slots=True)
class Bay:
    """A room's place in a row: from x0 to x1, on the south or north side."""

    number: str
    usage: str
    x0: float
    x1: float
    south: bool

    @property
    def title(self) -> str:
        """What the door says."""
        return f"{_TITLES[self.usage]} {self.number}"

    @property
    def y0(self) -> float:
        """The row's southern axis."""
        return 0.0 if self.south else DEPTH + CORRIDOR


def small_office(storeys: int = 4, bays: int = 10) -> Plan:
    """The whole building; `bays` of three metres along the corridor, at least ten."""
    levels = [_storey(i, storeys, max(10, bays)) for i in range(storeys)]
    return Plan(name="Quay 7", latitude=53.54, longitude=9.99, north_deg=-8.0, levels=levels)


def _storey(index: int, storeys: int, bays: int) -> Level:
    name = "Ground floor" if index == 0 else f"Floor {index}"
    level = Level(name=name, elevation_m=index * RISE, height_m=HEIGHT if index < storeys - 1 else 3.2)
    width, depth = bays * BAY, 2 * DEPTH + CORRIDOR
    corners = [(0.0, 0.0), (width, 0.0), (width, depth), (0.0, depth)]
    for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
        level.walls.append(PlanWall(start=a, end=b, thickness_m=OUT))
    rooms = [*_row(_SOUTH, index, bays, south=True), *_row(_NORTH, index, bays, south=False)]
    for y in (DEPTH, DEPTH + CORRIDOR):
        level.walls.append(PlanWall(start=(0.0, y), end=(width, y), thickness_m=IN))
    for bay in rooms:
        _place(level, bay, index, last=bay.x1 >= width - 0.01)
    _corridor(level, index, width)
    return level


def _row(pattern: tuple[tuple[str, int], ...], index: int, bays: int, *, south: bool) -> list[Bay]:
    """Rooms along one side; the first two bays in the north are the core."""
    found: list[Bay] = []
    at = 0 if south else 2
    if not south:
        for n, usage in enumerate(("wc", "server" if index == 0 else "focus")):
            found.append(Bay(f"{index}{2 * n + 1:02}", usage, n * BAY, (n + 1) * BAY, south))
    turn = index * 2
    while at < bays:
        usage, span = pattern[turn % len(pattern)]
        span = min(span, bays - at)
        number = f"{index}{at * 2 + (2 if south else 1):02}"
        found.append(Bay(number, usage, at * BAY, (at + span) * BAY, south))
        at, turn = at + span, turn + 1
    return found


def _place(level: Level, bay: Bay, index: int, *, last: bool) -> None:
    y0, y1 = bay.y0, bay.y0 + DEPTH
    low = (bay.x0 + (OUT / 2 if bay.x0 == 0 else IN / 2), y0 + (OUT / 2 if bay.south else IN / 2))
    high = (bay.x1 - (OUT / 2 if last else IN / 2), y1 - (IN / 2 if bay.south else OUT / 2))
    level.box_room(bay.title, low, high, usage=bay.usage, floor=FLOORS[bay.usage])
    if not last:
        level.walls.append(PlanWall(start=(bay.x1, y0), end=(bay.x1, y1), thickness_m=IN))
    _openings(level, bay)
    _FURNISH.get(bay.usage, _bare)(level, bay)
    _devices(level, bay, index)


def _openings(level: Level, bay: Bay) -> None:
    inner = DEPTH if bay.south else DEPTH + CORRIDOR
    outer = 0.0 if bay.south else 2 * DEPTH + CORRIDOR
    door_x = bay.x0 + 0.8
    level.put("door", (door_x, inner), (0.95, IN + 0.02, 2.15), name=f"Door {bay.number}", kind="door")
    if bay.usage in ("meeting", "cell", "focus") and bay.x1 - bay.x0 > 2:
        wide = bay.x1 - bay.x0 - 1.7
        level.put(
            "glass_wall",
            ((door_x + 0.6 + bay.x1 - 0.2) / 2, inner),
            (wide, IN + 0.02, 2.4),
            name="Glass wall",
            kind="door",
        )
    if bay.usage == "server":
        return
    n = round((bay.x1 - bay.x0) / BAY)
    for i in range(n):
        x = bay.x0 + BAY * (i + 0.5)
        size = (1.1, OUT, 0.7) if bay.usage == "wc" else (2.3, OUT, 1.75)
        level.put(
            "window",
            (x, outer),
            size,
            name="Window",
            angle=0 if bay.south else 180,
            lift=1.5 if bay.usage == "wc" else 0.75,
            kind="window",
        )


def _desks(level: Level, bay: Bay) -> None:
    n = max(1, round((bay.x1 - bay.x0) / BAY))
    for i in range(n):
        x = bay.x0 + BAY * (i + 0.5)
        for y, angle in ((bay.y0 + 1.75, 180), (bay.y0 + 2.55, 0)):
            for dx in (-0.75, 0.75) if bay.usage == "open" else (0.1,):
                if bay.usage == "cell" and angle == 180:
                    continue
                level.put("desk", (x + dx, y), (1.4, 0.75, 0.74), angle=angle)
                seat = (x + dx, y - 0.72 if angle == 0 else y + 0.72)
                level.put("office_chair", seat, (0.6, 0.6, 1.05), angle=180 - angle)
    level.put(
        "bookshelf",
        (bay.x1 - 0.75, bay.y0 + (DEPTH - 0.35 if bay.south else 0.35)),
        (1.1, 0.34, 1.9),
        angle=0 if bay.south else 180,
    )
    level.put("plant", (bay.x0 + 0.5, bay.y0 + (0.6 if bay.south else DEPTH - 0.6)), (0.55, 0.55, 1.3))


def _meeting(level: Level, bay: Bay) -> None:
    wide = bay.x1 - bay.x0
    x, y = (bay.x0 + bay.x1) / 2, bay.y0 + DEPTH / 2
    length = 3.6 if wide > 4 else 2.6
    along = wide > 4
    level.put("meeting_table", (x, y), (length, 1.15, 0.74), angle=0 if along else 90)
    seats = 4 if along else 3
    for i in range(seats):
        off = (i - (seats - 1) / 2) * length / seats
        for side, turn in ((-0.85, 180), (0.85, 0)):
            at = (x + off, y + side) if along else (x + side, y + off)
            level.put("office_chair", at, (0.58, 0.58, 0.95), angle=turn if along else turn - 90)
    level.put("screen", (bay.x1 - 0.14, y), (1.6, 0.07, 0.95), name="Screen", angle=-90, lift=1.0)


def _focus(level: Level, bay: Bay) -> None:
    x, y = (bay.x0 + bay.x1) / 2, bay.y0 + DEPTH / 2
    level.put("rug", (x, y), (2.2, 2.4, 0.02))
    level.put("sofa", (x, y + 1.3), (1.7, 0.85, 0.8))
    level.put("armchair", (x - 0.55, y - 0.9), (0.78, 0.8, 0.8), angle=160)
    level.put("armchair", (x + 0.6, y - 0.9), (0.78, 0.8, 0.8), angle=200)
    level.put("coffee_table", (x, y + 0.2), (0.9, 0.55, 0.4))


def _kitchenette(level: Level, bay: Bay) -> None:
    x, wall = (bay.x0 + bay.x1) / 2, bay.y0 + (0.42 if not bay.south else DEPTH - 0.42)
    level.put("sink_counter", (x + 0.35, wall), (1.8, 0.6, 0.92), angle=180 if not bay.south else 0)
    level.put("fridge", (bay.x1 - 0.45, wall), (0.6, 0.65, 1.8), angle=180 if not bay.south else 0)
    level.put("side_table", (x, bay.y0 + DEPTH / 2 + 0.9), (1.1, 1.1, 0.74))
    for dx, dy, turn in ((-0.75, 0, 90), (0.75, 0, -90), (0, -0.75, 180), (0, 0.75, 0)):
        level.put("chair", (x + dx, bay.y0 + DEPTH / 2 + 0.9 + dy), (0.45, 0.47, 0.86), angle=turn)


def _wc(level: Level, bay: Bay) -> None:
    for i in range(3):
        level.put("toilet", (bay.x1 - 0.5, bay.y0 + 1.2 + i * 1.35), (0.38, 0.58, 0.95), angle=-90)
    level.put("basin", (bay.x0 + 0.42, bay.y0 + 2.6), (1.4, 0.48, 1.9), angle=90)


def _server(level: Level, bay: Bay) -> None:
    for i in range(3):
        level.put("rack", (bay.x0 + 0.75 + i * 0.75, bay.y0 + 3.4), (0.62, 0.9, 2.0))
    level.put("machine", (bay.x1 - 0.6, bay.y0 + 1.2), (0.9, 0.7, 1.9), angle=-90)


def _bare(level: Level, bay: Bay) -> None:
    level.put("plant", ((bay.x0 + bay.x1) / 2, bay.y0 + DEPTH / 2), (0.5, 0.5, 1.2))


_FURNISH = {
    "open": _desks,
    "cell": _desks,
    "meeting": _meeting,
    "focus": _focus,
    "kitchenette": _kitchenette,
    "wc": _wc,
    "server": _server,
}


def _corridor(level: Level, index: int, width: float) -> None:
    name = "Lobby" if index == 0 else f"Corridor {index}"
    usage = "lobby" if index == 0 else "corridor"
    level.box_room(
        name, (OUT / 2, DEPTH + IN / 2), (width - OUT / 2, DEPTH + CORRIDOR - IN / 2), usage=usage, floor=FLOORS[usage]
    )
    y = DEPTH + CORRIDOR / 2
    if index == 0:
        level.put("front_door", (0.0, y), (1.6, OUT + 0.02, 2.3), name="Entrance", angle=90, kind="door")
        level.put("counter", (3.4, y + 0.55), (1.8, 0.6, 1.0), name="Reception", angle=180)
    else:
        level.put("window", (0.0, y), (1.4, OUT, 1.6), angle=-90, lift=0.8, kind="window")
    level.put("window", (width, y), (1.4, OUT, 1.6), angle=90, lift=0.8, kind="window")
    for i in range(max(2, round(width / 8))):
        level.put("plant", (4.5 + i * 8.0 if 4.5 + i * 8.0 < width - 1 else width - 1.2, y - 0.75), (0.45, 0.45, 1.1))
    for i in range(max(2, round(width / 7))):
        x = width / max(2, round(width / 7)) * (i + 0.5)
        level.put("panel_light", (x, y), (1.2, 0.3, 0.07), name="Corridor light", lift=HEIGHT - 0.12, kind="light")
    _add(level, f"{index}-corridor-light", f"{name} light", "light", name, (width / 2, y, HEIGHT - 0.1))
    _add(
        level, f"{index}-corridor-presence", f"{name} presence", "occupancy_sensor", name, (width / 3, y, HEIGHT - 0.1)
    )
    _add(level, f"{index}-corridor-climate", f"{name} climate", "climate_sensor", name, (width - 1.0, y + 0.9, 1.6))
    _add(level, f"{index}-smoke", f"{name} smoke alarm", "smoke_alarm", name, (width / 2 + 2, y, HEIGHT - 0.05))
    if index == 0:
        _add(level, "entrance-lock", "Entrance lock", "lock", name, (0.3, y + 0.9, 1.1))
        _add(level, "entrance", "Entrance", "contact_sensor", name, (0.2, y, 2.2))


def _add(
    level: Level, uid: str, name: str, kind: str, room: str, at: tuple[float, float, float], **facts: float | str
) -> None:
    level.devices.append(PlanDevice(uid=uid, name=name, kind=kind, room=room, at=at, facts=tuple(facts.items())))


def _devices(level: Level, bay: Bay, index: int) -> None:
    x, y = (bay.x0 + bay.x1) / 2, bay.y0 + DEPTH / 2
    wall = bay.y0 + (0.35 if bay.south else DEPTH - 0.35)
    inner = bay.y0 + (DEPTH - 0.2 if bay.south else 0.2)
    n, title = bay.number, bay.title
    for i in range(max(1, round((bay.x1 - bay.x0) / BAY))):
        level.put(
            "panel_light",
            (bay.x0 + BAY * (i + 0.5), y),
            (1.5, 0.32, 0.07),
            name=f"Luminaire {n}",
            lift=HEIGHT - 0.12,
            kind="light",
        )
    _add(level, f"{n}-light", f"Light {n}", "light", title, (x, y, HEIGHT - 0.1), color_temperature=4000)
    if bay.usage == "server":
        _add(level, f"{n}-rack", "Server racks", "plug", title, (x, y + 1, 1.0), load="server")
        _add(level, "main-meter", "Main meter", "meter", title, (bay.x0 + 0.3, y - 1, 1.6), all=1)
        _add(level, "heat-pump", "Heat pump", "heat_pump", title, (bay.x1 - 0.6, bay.y0 + 1.2, 1.2))
        _add(level, "solar", "Solar inverter", "solar", title, (bay.x0 + 0.3, y, 1.6))
    if bay.usage == "wc":
        _add(level, f"{n}-leak", f"Leak sensor {n}", "leak_sensor", title, (bay.x0 + 0.5, y, 0.05))
        _add(level, f"{index}-meter", f"Meter of {level.name.lower()}", "meter", title, (bay.x1 - 0.2, inner, 1.7))
    kind = "air_sensor" if bay.usage in ("open", "meeting", "cell", "focus") else "climate_sensor"
    _add(level, f"{n}-air", f"Air {n}", kind, title, (bay.x0 + 1.6, inner, 1.6))
    if bay.usage in ("open", "meeting", "cell", "focus"):
        _add(level, f"{n}-presence", f"Presence {n}", "occupancy_sensor", title, (x + 0.9, y, HEIGHT - 0.08))
        _add(level, f"{n}-valve", f"Radiator {n}", "radiator", title, (x, wall, 0.4))
        _add(level, f"{n}-blind", f"Blind {n}", "cover", title, (x + 0.8, wall, 2.0))
    if bay.usage == "open":
        _add(level, f"{n}-desks", f"Desk power {n}", "plug", title, (x, y, 0.5), load="desk")
