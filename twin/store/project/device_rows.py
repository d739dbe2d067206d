"""Changes of device rows by the edits of a project."""

from __future__ import annotations

from collections.abc import Mapping

from twin.model.device import Device, merged_description
from twin.model.ids import DeviceId, RoomId
from twin.store.project.building_rows import FOUND
from twin.store.project.edits import Rows
from twin.store.project.rows import Row, RowKey, point_row, row_of


def removed(rows: Rows, device: str) -> dict[RowKey, Row | None]:
    """Rows to write (None: delete) to remove a device with its points; its placeholder becomes unconnected."""
    gone: dict[RowKey, Row | None] = {("device", device): None}
    gone |= {("point", id): None for id, row in rows["point"].items() if row["device"] == device}
    gone |= {("checkout", device): None} if device in rows["checkout"] else {}
    gone |= {
        ("placeholder", id): {**row, "device": None}
        for id, row in rows["placeholder"].items()
        if row["device"] == device
    }
    return gone


def left_places(rows: Rows, rooms: Mapping[DeviceId, RoomId | None]) -> dict[RowKey, Row | None]:
    """Rows to write so that planned places are free again whose devices move to another room, or out of theirs. A place
    that names its device by an entity stays that device's, which would be put back into it by itself otherwise.
    """
    return {
        ("placeholder", id): {**row, "device": None}
        for id, row in rows["placeholder"].items()
        if row["device"] in rooms and row["room"] != rooms[DeviceId(row["device"])] and "." not in row["source_id"]
    }


def described(row: Row, known: Device, device: Device) -> dict[RowKey, Row | None]:
    """Rows to write for a known device and its new description; the user's name, kind, room and position stay."""
    fresh = merged_description(known, device)
    lost = {name: row[name] for name in FOUND}
    facts = {**row_of("device", fresh, pos=row["pos"], **FOUND), **lost}
    out: dict[RowKey, Row | None] = {("device", device.id): facts}
    out |= {("point", point.id): None for point in known.points}
    return out | {("point", p.id): point_row(p, n) for n, p in enumerate(fresh.points)}
