"""Conversion between rows of the project's tables and values of the model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, astuple, dataclass, field, fields
from typing import Any, cast

import msgspec

from twin.model.capability import CAPABILITIES
from twin.model.checkout import DeviceCheckout
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.device import Device, Link, Orphan, Point, PointInfo
from twin.model.ids import DeviceId, PointId, RoomId
from twin.model.meter import MeterChange
from twin.model.space import Classified, Door, DoorLeaf, Placeholder, Room, Site, Storey

type Row = dict[str, Any]
"""Column name to SQLite value: text, number, None."""

type RowKey = tuple[str, str]
"""(table, id)."""

type Ring = tuple[tuple[float, float], ...]


def _json(kind: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 - a type
    """Reads a nested column as values of this type; ValueError where it holds something else."""
    return msgspec.json.Decoder(kind)


_SPOT = _json(tuple[float, float, float])
_RING, _RINGS = _json(Ring), _json(tuple[Ring, ...])
_TEXTS = _json(tuple[str, ...])
_PAIRS = _json(tuple[tuple[str, str], ...])
_CLASSES = _json(tuple[tuple[str, str, str], ...])
_SIZES = _json(tuple[tuple[str, float], ...])
_LEAVES = _json(tuple[tuple[tuple[float, float], float, float, float], ...])


def _classified(value: tuple[Any, ...]) -> tuple[Classified, ...]:
    return tuple(Classified(*one) for one in value)


def _doors_leaves(value: tuple[Any, ...]) -> tuple[DoorLeaf, ...]:
    return tuple(DoorLeaf(*leaf) for leaf in value)


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table with an `id`.

    `nested` columns are JSON text, decoded by type and converted by `made` into model values; `truths` are 0 or 1;
    `added` are values for rows from before a later step added the column.
    """

    columns: tuple[str, ...]
    nested: Mapping[str, msgspec.json.Decoder[Any]] = field(default_factory=dict[str, msgspec.json.Decoder[Any]])
    truths: frozenset[str] = frozenset()
    made: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict[str, Callable[[Any], Any]])
    added: Row = field(default_factory=dict[str, Any])


STORED_AS: Mapping[str, str] = {
    "stated_sizes": "said",
    "stated_rooms": "said_rooms",
    "reported_name": "said_name",
    "reported_kind": "said_kind",
}
"""Fields of the model whose columns (also in text exports) bear an older name."""
_FIELD_OF = {column: name for name, column in STORED_AS.items()}


def _column(name: str) -> str:
    return STORED_AS.get(name, name)


def _columns(kind: type, *more: str, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    names = tuple(_column(f.name) for f in fields(kind) if f.name not in without)
    return (*names, *more)


def _text(raw: msgspec.Raw) -> str:
    return bytes(raw).decode()


DEFINITION = TableSpec(
    _columns(Definition, "pos"), {"body": _json(msgspec.Raw)}, frozenset({"enabled"}), made={"body": _text}
)
"""Alarms, automations, schedules, scenes and calendars; the body is JSON that is stored but not parsed here."""

FIRST = "1"
"""Id of the leading building file, whose coordinates are the project's."""

TABLES: Mapping[str, TableSpec] = {
    "site": TableSpec(("id", "title", *_columns(Site)), {"origin_m": _SPOT}, added={"time_zone": ""}),
    "source": TableSpec(
        ("id", "path", "sha256", "importer", "size", "storeys", "placed"),
        {"storeys": _TEXTS},
        added={"storeys": "[]", "placed": ""},
    ),
    "storey": TableSpec(_columns(Storey, "pos", "named")),
    "room": TableSpec(
        _columns(Room, "pos", "named", "source", "filed_name", "filed_number"),
        {"outline": _RING, "holes": _RINGS, "zones": _TEXTS, "classes": _CLASSES, "said": _SIZES},
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
    "door": TableSpec(
        _columns(Door, "pos", "source"),
        {"rooms": _TEXTS, "position_m": _SPOT, "swing": _LEAVES, "said_rooms": _TEXTS},
        made={"swing": _doors_leaves},
        added={"swing": "[]", "source": FIRST, "said_rooms": "[]"},
    ),
    "placeholder": TableSpec(
        _columns(Placeholder, "pos", "source", "decided"),
        {"candidates": _TEXTS, "position_m": _SPOT, "systems": _TEXTS, "classes": _CLASSES},
        made={"classes": _classified},
        added={"power": None, "colour": "", "source": FIRST, "decided": 0, "systems": "[]", "classes": "[]"},
    ),
    "link": TableSpec(_columns(Link, "pos"), {"options": _PAIRS}),
    "device": TableSpec(
        _columns(Device, "pos", "lost_room", "lost_title", "lost_position_m", without=("points",)),
        {"position_m": _SPOT, "lost_position_m": _SPOT},
        added={"said_name": "", "said_kind": ""},
    ),
    "point": TableSpec(
        ("id", "pos", "device", *_columns(PointInfo)),
        {"options": _TEXTS},
        frozenset({"writable", "reports", "optimistic"}),
        added={"alias": "", "expires_s": 0.0, "optimistic": 0},
    ),
    "drawing": TableSpec(("id", "data"), {"data": _json(Any)}),  # twin.model.drawing reads it
    "meter_change": TableSpec(_columns(MeterChange)),
    "checkout": TableSpec(_columns(DeviceCheckout), added={"product": ""}),
    **dict.fromkeys((kind.value for kind in DefinitionKind), DEFINITION),
}
"""Tables that edits may change, in reading order."""


def row_of(table: str, thing: object, **more: object) -> Row:
    """The row of a model value; `more` has the columns that the model lacks."""
    spec = TABLES[table]
    row: Row = {}
    for name in spec.columns:
        value = more[name] if name in more else getattr(thing, _FIELD_OF.get(name, name))
        if name in spec.nested and value is not None:
            value = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=astuple)
        row[name] = _plain(value)
    return row


def _plain(value: object) -> object:
    """Converts a value to a type that sqlite3 stores as intended: numpy's numbers would become BLOBs."""
    if value is None or type(value) in (str, int, float):
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return str(value)
    if hasattr(value, "__index__"):
        return int(cast("int", value))
    return float(cast("float", value))


def _value(spec: TableSpec, name: str, value: Any) -> Any:  # noqa: ANN401 - as wide as the model
    if name in spec.nested:
        if value is None:
            return None
        found = spec.nested[name].decode(value)
        return spec.made[name](found) if name in spec.made else found
    return _TRUTHS[value] if name in spec.truths else value


_TRUTHS = {0: False, 1: True}


def _facts(spec: TableSpec, row: Row, kept: Iterable[Field[Any]]) -> dict[str, Any]:
    return {f.name: _value(spec, _column(f.name), row[_column(f.name)]) for f in kept}


def thing_of[T](kind: type[T], table: str, row: Row) -> T:
    """The model value of a row. Raises KeyError, TypeError or ValueError where the row is invalid."""
    spec = TABLES[table]
    return msgspec.convert(_facts(spec, row, fields(cast("Any", kind))), kind)


def device_of(row: Row, points: tuple[Point, ...]) -> Device:
    """The device of a row, with these points. Raises KeyError, TypeError or ValueError where the row is invalid."""
    spec = TABLES["device"]
    facts = _facts(spec, row, (f for f in fields(Device) if f.name != "points"))
    return msgspec.convert({**facts, "points": points}, Device)


def points_of(rows: Iterable[Row]) -> tuple[Point, ...]:
    """The points of rows in their order. Raises ValueError for an unknown capability or an invalid row."""
    return tuple(_point_of(row) for row in sorted(rows, key=lambda row: row["pos"]))


def _point_of(row: Row) -> Point:
    info = thing_of(PointInfo, "point", row)
    if info.capability not in CAPABILITIES:
        raise ValueError(f"nobody knows the capability {info.capability!r:.60}")
    return Point(id=PointId(row["id"]), device=DeviceId(row["device"]), info=info)


def definition_row(definition: Definition, pos: int) -> Row:
    """The row of a definition at position `pos` within its kind. Raises ValueError where its body is no JSON object."""
    if not definition.body.startswith("{"):
        raise ValueError(f"the body of {definition.id!r:.60} is no JSON object")
    DEFINITION.nested["body"].decode(definition.body)
    return {
        "id": str(definition.id), "title": str(definition.title), "enabled": int(definition.enabled),
        "body": str(definition.body), "pos": pos,
    }  # fmt: skip


def definition_edits(
    rows: Mapping[str, Mapping[str, Row]], steps: Iterable[tuple[str, str, Row | None]]
) -> tuple[DefinitionEdit, ...]:
    """The edits of definitions that steps (table, id, columns to set; None deletes) make of the present rows. Raises KeyError,
    TypeError or ValueError where a step is damaged."""
    kinds = {kind.value: kind for kind in DefinitionKind}
    found = list[DefinitionEdit]()
    for table, id, columns in steps:
        if (kind := kinds.get(table)) is not None:
            whole = None if columns is None else {**rows[table].get(id, {}), **columns}
            found.append(DefinitionEdit(kind, id, None if whole is None else thing_of(Definition, table, whole)))
    return tuple(found)


def point_row(point: Point, pos: int) -> Row:
    """The row of a point at position `pos` within its device."""
    return row_of("point", point.info, id=point.id, device=point.device, pos=pos)


def orphan_of(row: Row) -> Orphan | None:
    """The orphan that a device's row describes; None where it lost no room."""
    if row["lost_room"] is None:
        return None
    position = _value(TABLES["device"], "lost_position_m", row["lost_position_m"])
    return Orphan(DeviceId(row["id"]), RoomId(row["lost_room"]), str(row["lost_title"] or ""), position)
