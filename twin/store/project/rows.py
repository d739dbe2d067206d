"""Rows of the project's tables and the values of the model that they stand for."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, field, fields
from typing import Any, cast

from twin.model.capability import CAPABILITIES
from twin.model.device import Device, Link, Orphan, Point, PointInfo
from twin.model.ident import DeviceId, PointId, RoomId
from twin.model.meter import MeterChange
from twin.model.space import Classified, Door, DoorLeaf, Placeholder, Room, Site, Storey

type Row = dict[str, Any]
"""Column to what SQLite keeps: text, number, None."""

type Key = tuple[str, str]
"""(table, id)."""


type Shape = Callable[[Any], bool]
"""Whether a nested value (lists made tuples) is what its column holds."""


def _spot(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, tuple) and len(cast("Any", value)) == 3 and all(map(_number, cast("Any", value)))


def _number(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int | float) and math.isfinite(value)


def _ring(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, tuple) and all(
        isinstance(corner, tuple) and len(cast("Any", corner)) == 2 and all(map(_number, cast("Any", corner)))
        for corner in cast("Any", value)
    )


def _rings(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, tuple) and all(map(_ring, cast("Any", value)))


def _any(_value: Any) -> bool:  # noqa: ANN401
    return True  # twin.model.drawing reads it


def _words(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, tuple) and all(isinstance(word, str) for word in cast("Any", value))


def _pairs(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, tuple) and all(_words(pair) and len(pair) == 2 for pair in cast("Any", value))


def _classes(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, tuple) and all(_words(one) and len(one) == 3 for one in cast("Any", value))


def _classified(value: tuple[Any, ...]) -> tuple[Classified, ...]:
    return tuple(Classified(*one) for one in value)


def _sizes(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, tuple) and all(
        isinstance(one, tuple) and len(cast("Any", one)) == 2 and isinstance(one[0], str) and _number(one[1])
        for one in cast("Any", value)
    )


def _leaves(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, tuple) and all(
        isinstance(leaf, tuple) and len(cast("Any", leaf)) == 4 and _ring(leaf[:1]) and all(map(_number, leaf[1:]))
        for leaf in cast("Any", value)
    )


def _doors_leaves(value: tuple[Any, ...]) -> tuple[DoorLeaf, ...]:
    return tuple(DoorLeaf(*leaf) for leaf in value)


@dataclass(frozen=True, slots=True)
class Table:
    """One table with an `id`; `nested` columns are JSON text of a shape (and `made` into values of the model), `truths`
    are 0 or 1; `added` says what rows had before a later step brought the column."""

    columns: tuple[str, ...]
    nested: Mapping[str, Shape] = field(default_factory=dict[str, Shape])
    truths: frozenset[str] = frozenset()
    made: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict[str, Callable[[Any], Any]])
    added: Row = field(default_factory=dict[str, Any])


def _columns(kind: type, *more: str, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    names = tuple(f.name for f in fields(kind) if f.name not in without)
    return (*names, *more)


FIRST = "1"
"""The id of the file that leads: its coordinates are the project's."""

TABLES: Mapping[str, Table] = {
    "site": Table(("id", "title", *_columns(Site)), {"origin_m": _spot}, added={"time_zone": ""}),
    "source": Table(
        ("id", "path", "sha256", "importer", "size", "storeys", "placed"),
        {"storeys": _words},
        added={"storeys": "[]", "placed": ""},
    ),
    "storey": Table(_columns(Storey, "pos", "named")),
    "room": Table(
        _columns(Room, "pos", "named", "source", "filed_name", "filed_number"),
        {"outline": _ring, "holes": _rings, "zones": _words, "classes": _classes, "said": _sizes},
        made={"classes": _classified},
        added={
            "source": FIRST,
            "filed_name": None,
            "filed_number": None,
            "zones": "[]",
            "classes": "[]",
            "said": "[]",
        },
    ),
    "door": Table(
        _columns(Door, "pos", "source"),
        {"rooms": _words, "position_m": _spot, "swing": _leaves, "said_rooms": _words},
        made={"swing": _doors_leaves},
        added={"swing": "[]", "source": FIRST, "said_rooms": "[]"},
    ),
    "placeholder": Table(
        _columns(Placeholder, "pos", "source", "decided"),
        {"candidates": _words, "position_m": _spot, "systems": _words, "classes": _classes},
        made={"classes": _classified},
        added={"power": None, "colour": "", "source": FIRST, "decided": 0, "systems": "[]", "classes": "[]"},
    ),
    "link": Table(_columns(Link, "pos"), {"options": _pairs}),
    "device": Table(
        _columns(Device, "pos", "lost_room", "lost_title", "lost_position_m", without=("points",)),
        {"position_m": _spot, "lost_position_m": _spot},
        added={"said_name": "", "said_kind": ""},
    ),
    "point": Table(
        ("id", "pos", "device", *_columns(PointInfo)),
        {"options": _words},
        frozenset({"writable", "reports"}),
        added={"alias": "", "expires_s": 0.0},
    ),
    "drawing": Table(("id", "data"), {"data": _any}),
    "meter_change": Table(_columns(MeterChange)),
}
"""Everything that an edit may change, in the order in which it is read."""


def row_of(table: str, thing: object, **more: object) -> Row:
    """The row of a value of the model, with the columns that the model does not have."""
    spec = TABLES[table]
    row: Row = {}
    for name in spec.columns:
        value = more[name] if name in more else getattr(thing, name)
        if name in spec.nested and value is not None:
            value = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=astuple)
        row[name] = _plain(value)
    return row


def _plain(value: object) -> object:
    """What sqlite3 binds as it is meant: numpy's numbers would become BLOBs."""
    if value is None or type(value) in (str, int, float):
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return str(value)
    if hasattr(value, "__index__"):
        return int(cast("int", value))
    return float(cast("float", value))


def _value(spec: Table, name: str, value: Any) -> Any:  # noqa: ANN401 - as wide as the model
    if name in spec.nested:
        if value is None:
            return None
        found = _tuples(json.loads(value))
        if not spec.nested[name](found):
            raise ValueError(f"{name} is {value!r:.60}")
        return spec.made[name](found) if name in spec.made else found
    return bool(value) if name in spec.truths else value


def _tuples(value: Any) -> Any:  # noqa: ANN401
    return tuple(_tuples(item) for item in cast("list[Any]", value)) if isinstance(value, list) else value


def thing_of[T](kind: type[T], table: str, row: Row) -> T:
    """The model's value of a row; KeyError, TypeError or ValueError where it is none."""
    spec = TABLES[table]
    return kind(**{f.name: _value(spec, f.name, row[f.name]) for f in fields(cast("Any", kind))})


def device_of(row: Row, points: Iterable[Row]) -> Device:
    """A device with its points, in their order."""
    spec = TABLES["device"]
    facts = {f.name: _value(spec, f.name, row[f.name]) for f in fields(Device) if f.name != "points"}
    return Device(**facts, points=tuple(_point_of(point) for point in sorted(points, key=lambda p: p["pos"])))


def _point_of(row: Row) -> Point:
    info = thing_of(PointInfo, "point", row)
    if info.capability not in CAPABILITIES:
        raise ValueError(f"nobody knows the capability {info.capability!r:.60}")
    return Point(id=PointId(row["id"]), device=DeviceId(row["device"]), info=info)


def point_row(point: Point, pos: int) -> Row:
    """The row of a point; `pos` is its place within the device."""
    return row_of("point", point.info, id=point.id, device=point.device, pos=pos)


def orphan_of(row: Row) -> Orphan | None:
    """What a device's row remembers of a lost room; None where it lost none."""
    if row["lost_room"] is None:
        return None
    position = _value(TABLES["device"], "lost_position_m", row["lost_position_m"])
    return Orphan(DeviceId(row["id"]), RoomId(row["lost_room"]), str(row["lost_title"] or ""), position)
