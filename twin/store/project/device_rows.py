"""Rows of devices, as the edits of a project leave them."""

from __future__ import annotations

from twin.model.device import Device, merged_description
from twin.store.project.building_rows import FOUND
from twin.store.project.edits import Rows
from twin.store.project.rows import Row, RowKey, point_row, row_of


def removed(rows: Rows, device: str) -> dict[RowKey, Row | None]:
    """What rows become where a device is forgotten: it and its points go, and its placeholder is free again."""
    gone: dict[RowKey, Row | None] = {("device", device): None}
    gone |= {("point", id): None for id, row in rows["point"].items() if row["device"] == device}
    gone |= {
        ("placeholder", id): {**row, "device": None}
        for id, row in rows["placeholder"].items()
        if row["device"] == device
    }
    return gone


def described(row: Row, known: Device, device: Device) -> dict[RowKey, Row | None]:
    """The rows of a known device and its points as its link describes it now; name, kind, room and spot stay."""
    fresh = merged_description(known, device)
    lost = {name: row[name] for name in FOUND}
    facts = {**row_of("device", fresh, pos=row["pos"], **FOUND), **lost}
    out: dict[RowKey, Row | None] = {("device", device.id): facts}
    out |= {("point", point.id): None for point in known.points}
    return out | {("point", p.id): point_row(p, n) for n, p in enumerate(fresh.points)}
