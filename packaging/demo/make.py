"""Makes the demo buildings from their plans: `python packaging/demo/make.py` writes home.sh3d, home.json, office.sh3d, office.json."""

from __future__ import annotations

import json
import math
from pathlib import Path

import sweet_home_writer
from demo_home import linden_house
from demo_office import small_office
from demo_plan import Level, Piece, Plan, PlanRoom

from twin.files import atomic
from twin.model.space import ring_area, ring_contains

OUT = Path(__file__).resolve().parents[2] / "assets" / "demo"
PEOPLE = {"home": 4, "office": 58}


def blueprint(plan: Plan, name: str) -> dict[str, object]:
    """What the simulation must know of a plan."""
    rooms: list[dict[str, object]] = []
    shapes: list[tuple[int, PlanRoom]] = []
    devices: dict[str, object] = {}
    for number, level in enumerate(plan.levels):
        shapes += [(number, room) for room in level.rooms]
        rooms += [_room(plan, level, number, room) for room in level.rooms]
        for device in level.devices:
            x, y, z = device.at
            place = [round(x, 3), round(y, 3), round(z + level.elevation_m, 3)]
            devices[device.uid] = {
                "name": device.name,
                "kind": device.kind,
                "room": device.room,
                "position_m": place,
                "facts": dict(device.facts),
            }
    return {
        "link": f"simulated://{name}", "name": name, "title": plan.name, "people": PEOPLE[name], "office": name == "office",
        "latitude": plan.latitude, "longitude": plan.longitude, "rooms": rooms, "neighbours": _neighbours(shapes),
        "devices": devices,
    }  # fmt: skip


def _room(plan: Plan, level: Level, number: int, room: PlanRoom) -> dict[str, object]:
    area = abs(ring_area(room.outline))
    windows = [
        (piece.size[0] * piece.size[2], _facing(plan, level, piece))
        for piece in level.pieces
        if piece.kind == "window" and _beside(room, piece)
    ]
    edge = sum(math.dist(room.outline[i - 1], point) for i, point in enumerate(room.outline))
    share = 0.5 if windows else 0.12
    return {
        "name": room.name, "usage": room.usage, "storey": number, "area_m2": round(area, 2), "volume_m3": round(area * level.height_m, 1),
        "outer_m2": round(edge * level.height_m * share, 1), "windows": [[round(a, 2), round(d, 1)] for a, d in windows],
    }  # fmt: skip


def _beside(room: PlanRoom, piece: Piece) -> bool:
    x, y = piece.at
    return any(ring_contains(room.outline, x + dx, y + dy) for dx, dy in ((0.4, 0), (-0.4, 0), (0, 0.4), (0, -0.4)))


def _facing(plan: Plan, level: Level, piece: Piece) -> float:
    """Degrees from north that a window looks to."""
    xs = [x for room in level.rooms for x, _ in room.outline]
    ys = [y for room in level.rooms for _, y in room.outline]
    x, y = piece.at
    edges = {180.0: y - min(ys), 0.0: max(ys) - y, 270.0: x - min(xs), 90.0: max(xs) - x}
    return (min(edges, key=lambda side: edges[side]) - plan.north_deg) % 360


def _neighbours(shapes: list[tuple[int, PlanRoom]]) -> list[list[float]]:
    """Pairs of rooms and the m² between them: walls on one storey, floors between two."""
    pairs: list[list[float]] = []
    for i, (a_level, a) in enumerate(shapes):
        for j, (b_level, b) in enumerate(shapes[:i]):
            common = (
                _touching(a, b) * 2.6
                if a_level == b_level
                else _over(a, b) * 0.35
                if abs(a_level - b_level) == 1
                else 0.0
            )
            if common > 0.5:
                pairs.append([j, i, round(common, 1)])
    return pairs


def _box(room: PlanRoom) -> tuple[float, float, float, float]:
    xs, ys = zip(*room.outline, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _touching(a: PlanRoom, b: PlanRoom) -> float:
    ax0, ay0, ax1, ay1 = _box(a)
    bx0, by0, bx1, by1 = _box(b)
    near_x, near_y = max(ax0, bx0) - min(ax1, bx1), max(ay0, by0) - min(ay1, by1)
    if near_x < 0.35 and near_y < -0.3:
        return -near_y
    return -near_x if near_y < 0.35 and near_x < -0.3 else 0.0


def _over(a: PlanRoom, b: PlanRoom) -> float:
    ax0, ay0, ax1, ay1 = _box(a)
    bx0, by0, bx1, by1 = _box(b)
    return max(0.0, min(ax1, bx1) - max(ax0, bx0)) * max(0.0, min(ay1, by1) - max(ay0, by0))


def main() -> None:
    """Writes the four files."""
    for name, plan in {"home": linden_house(), "office": small_office()}.items():
        sweet_home_writer.write(plan, OUT / f"{name}.sh3d")
        text = json.dumps(blueprint(plan, name), ensure_ascii=False, indent=1)
        atomic.write(OUT / f"{name}.json", text + "\n")


if __name__ == "__main__":
    main()
