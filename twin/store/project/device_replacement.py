"""Rows of an edit that puts another device into the place of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twin.model.capability import CAPABILITIES
from twin.model.definition import DefinitionKind
from twin.model.ids import PointId
from twin.model.meter import RegisterReadings, meter_change
from twin.model.problem import Problem, ProblemError
from twin.store.project.building_rows import FOUND
from twin.store.project.device_rows import removed
from twin.store.project.edits import Rows
from twin.store.project.rows import Row, RowKey, row_of

_KEPT = ("room", "position_m", "name")
"""Columns of the device's row that the new one takes over."""


def replaced(
    rows: Rows, old: str, new: str, ids: Mapping[str, str], readings: RegisterReadings
) -> dict[RowKey, Row | None]:
    """Rows to write (None: delete) so that `new` has the place, name and points of `old`, which is removed. Points that are
    the same keep their ids, and so their history, scenes and rules; `ids` are further ids to exchange in these. A counter
    that goes on is another meter's from `readings.time_ms` on. Raises ProblemError where the old device is the bridge of
    others, or both are one.
    """
    was, now = rows["device"][old], rows["device"][new]
    if old == new:
        raise ProblemError(Problem(code="replace.same", where=was["name"]))
    if any(row["via"] == old for row in rows["device"].values()):
        raise ProblemError(Problem(code="replace.bridge", args={"name": was["name"]}))
    todo = removed(rows, old)
    if new in rows["checkout"]:
        todo["checkout", new] = None
    todo["device", new] = {**now, **{name: was[name] for name in _KEPT}, **FOUND}
    heirs = matched(_points(rows, old), _points(rows, new))
    for fresh, id in heirs.items():
        todo["point", fresh] = None
        todo["point", id] = {**rows["point"][fresh], "id": id}
        if CAPABILITIES[rows["point"][id]["capability"]].is_counter:
            final, first = readings.of.get(PointId(id)), readings.of.get(PointId(fresh))
            mark = meter_change(PointId(id), readings.time_ms, final, first)
            todo["meter_change", mark.id] = row_of("meter_change", mark)
    for id, row in rows["placeholder"].items():
        if row["device"] == old:
            todo["placeholder", id] = {**row, "device": new}
        elif row["device"] == new:
            todo["placeholder", id] = {**row, "device": None}
    return todo | _definitions(rows, {old: new, **ids, **heirs})


def matched(old: list[Row], new: list[Row]) -> dict[str, str]:
    """By id of a new point the id of the old one that it continues: the same capability with the same key first, then with
    the same label, then in order. Raw points state only the type of a value: those go on with the same key or label only.
    """
    left = {row["id"]: row for row in old}
    found: dict[str, str] = {}
    for alike in _ALIKE:
        for row in new:
            mine = (id for id, one in left.items() if _continues(one, row) and alike(one, row))
            if row["id"] not in found and (id := next(mine, None)) is not None:
                found[row["id"]] = id
                del left[id]
    return found


def _continues(old: Row, new: Row) -> bool:
    """Whether the values of one may stand in the series of the other, and what could be set still can."""
    same = old["capability"] == new["capability"] and (not _is_raw(old) or old["unit"] == new["unit"])
    return same and (bool(new["writable"]) or not old["writable"])


def _is_raw(row: Row) -> bool:
    return row["capability"].startswith("raw_")


_ALIKE: tuple[Callable[[Row, Row], bool], ...] = (
    lambda old, new: old["key"] == new["key"],
    lambda old, new: old["label"] != "" and old["label"] == new["label"],
    lambda old, _: not _is_raw(old),
)


def _points(rows: Rows, device: str) -> list[Row]:
    return sorted((row for row in rows["point"].values() if row["device"] == device), key=lambda row: row["pos"])


def _definitions(rows: Rows, ids: Mapping[str, str]) -> dict[RowKey, Row | None]:
    """Rules, alarms and scenes with the ids exchanged."""
    todo: dict[RowKey, Row | None] = {}
    for kind in DefinitionKind:
        for id, row in rows[kind.value].items():
            body = row["body"]
            for was, now in ids.items():
                body = body.replace(f'"{was}"', f'"{now}"')
            if body != row["body"]:
                todo[kind.value, id] = {**row, "body": body}
    return todo
