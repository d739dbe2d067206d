"""The twin that the rows of a project describe; unchanged values stay the same objects, so an edit costs only what it
changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import cast

from twin.model.building import Source
from twin.model.checkout import DeviceCheckout
from twin.model.definition import Definition, DefinitionKind, Definitions
from twin.model.device import Device, Link, Orphan
from twin.model.ids import DeviceId
from twin.model.meter import MeterChange
from twin.model.space import Door, Placeholder, Room, Site, Storey
from twin.model.twin import Twin
from twin.store.project.building_rows import ONLY
from twin.store.project.edits import Rows
from twin.store.project.mesh_blobs import key_of
from twin.store.project.rows import Row, device_of, orphan_of, points_of, thing_of


def snapshot(rows: Rows, before: Rows, twin: Twin) -> Twin:
    """The twin of `rows`; `twin` is that of `before`. Tables and rows that are the same objects keep their values.

    Raises KeyError, TypeError or ValueError where a row is invalid.
    """
    site = rows["site"].get(ONLY)
    same = rows["site"] is before.get("site")
    devices = _devices(rows, before, twin)
    return Twin(
        name=str(site["title"]) if site else "",
        site=twin.site if same else thing_of(Site, "site", site) if site else Site(),
        storeys=_storeys(rows, before, twin.storeys),
        rooms=_things(Room, "room", rows, before, twin.rooms),
        doors=_things(Door, "door", rows, before, twin.doors),
        placeholders=_things(Placeholder, "placeholder", rows, before, twin.placeholders),
        links=_things(Link, "link", rows, before, twin.links),
        devices=devices,
        meshes=twin.meshes if rows["source"] is before.get("source") else mesh_keys(rows["source"]),
        orphans=twin.orphans if rows["device"] is before.get("device") else _orphans(rows["device"]),
        meter_changes=twin.meter_changes
        if rows["meter_change"] is before.get("meter_change")
        else _meter_changes(rows["meter_change"]),
        checkouts=twin.checkouts
        if rows["checkout"] is before.get("checkout")
        else tuple(thing_of(DeviceCheckout, "checkout", row) for _, row in sorted(rows["checkout"].items())),
        definitions=_definitions(rows, before, twin.definitions),
        persons=twin.persons,
    )


def persons_in(stored: object) -> tuple[tuple[str, str], ...]:
    """Key and name of each person in care, from the value of the setting; those that cannot be read are left out."""
    found = cast("list[object]", stored) if isinstance(stored, list) else []
    rows = [cast("Mapping[str, object]", one) for one in found if isinstance(one, dict)]
    setups = [(str(row.get("key", "")), cast("object", row.get("setup"))) for row in rows]
    return tuple(
        (key, str(cast("Mapping[str, object]", setup).get("person", "")))
        for key, setup in setups
        if isinstance(setup, dict)
    )


_place = itemgetter("pos", "id")


def _definitions(rows: Rows, before: Rows, known: Definitions) -> Definitions:
    if all(rows[kind] is before.get(kind) for kind in DefinitionKind):
        return known

    def of(kind: DefinitionKind) -> tuple[Definition, ...]:
        return _things(Definition, kind, rows, before, known.of(kind))

    return Definitions(
        alarms=of(DefinitionKind.ALARM),
        automations=of(DefinitionKind.AUTOMATION),
        schedules=of(DefinitionKind.SCHEDULE),
        scenes=of(DefinitionKind.SCENE),
        calendars=of(DefinitionKind.CALENDAR),
        channels=of(DefinitionKind.CHANNEL),
        recipients=of(DefinitionKind.RECIPIENT),
        work_orders=of(DefinitionKind.WORK_ORDER),
        normal_marks=of(DefinitionKind.NORMAL_MARK),
        report_schedules=of(DefinitionKind.REPORT_SCHEDULE),
        energy_setups=of(DefinitionKind.ENERGY_SETUP),
    )


def _orphans(table: Mapping[str, Row]) -> tuple[Orphan, ...]:
    """Devices that lost their room, in display order."""
    lost = {id: row for id, row in table.items() if row["lost_room"] is not None}
    return tuple(orphan for row in ordered(lost) if (orphan := orphan_of(row)) is not None)


def _meter_changes(table: Mapping[str, Row]) -> tuple[MeterChange, ...]:
    """Meter changes by time, then by point."""
    made = [thing_of(MeterChange, "meter_change", row) for row in table.values()]
    return tuple(sorted(made, key=lambda mark: (mark.time_ms, mark.point)))


def mesh_keys(sources: Mapping[str, Row]) -> tuple[str, ...]:
    """Keys of the meshes of the building files, the leading one's first."""
    leading_first = sorted(sources.items(), key=lambda item: int(item[0]))
    return tuple(key_of(thing_of(Source, "source", row), row["placed"]) for _, row in leading_first)


def _storeys(rows: Rows, before: Rows, known: tuple[Storey, ...]) -> tuple[Storey, ...]:
    """Storeys from bottom to top."""
    made = _things(Storey, "storey", rows, before, known)
    return known if made is known else tuple(sorted(made, key=lambda storey: storey.elevation_m))


def ordered(table: Mapping[str, Row]) -> list[Row]:
    """The rows of a table in display order."""
    return sorted(table.values(), key=_place)


def _things[T: (Storey, Room, Door, Placeholder, Link, Definition)](
    kind: type[T],
    table: str,
    rows: Rows,
    before: Rows,
    known: tuple[T, ...],
) -> tuple[T, ...]:
    if rows[table] is before.get(table):
        return known
    old, by_id = before.get(table, {}), {str(thing.id): thing for thing in known}
    return tuple(
        by_id[row["id"]] if row is old.get(row["id"]) else thing_of(kind, table, row) for row in ordered(rows[table])
    )


def _devices(rows: Rows, before: Rows, twin: Twin) -> tuple[Device, ...]:
    if rows["device"] is before.get("device") and rows["point"] is before.get("point"):
        return twin.devices
    old, known, stale = before.get("device", {}), twin.device_of, _with_other_points(rows, before)
    points: dict[str, list[Row]] = {id: [] for id in stale}
    for row in rows["point"].values() if stale else ():
        if row["device"] in points:
            points[row["device"]].append(row)

    def made(row: Row) -> Device:
        id = DeviceId(row["id"])
        if id in points or id not in known:
            return device_of(row, points_of(points.get(id, ())))
        return device_of(row, known[id].points)

    same = {id: known[DeviceId(id)] for id, row in rows["device"].items() if row is old.get(id) and id not in points}
    return tuple([same.get(row["id"]) or made(row) for row in ordered(rows["device"])])


def _with_other_points(rows: Rows, before: Rows) -> set[str]:
    """Ids of devices with points that were added, removed or changed."""
    new, old = rows["point"], before.get("point", {})
    if new is old:
        return set()
    changed = {row["device"] for id, row in new.items() if row is not old.get(id)}
    changed |= {old[id]["device"] for id, row in new.items() if row is not old.get(id) and id in old}
    return changed | {row["device"] for id, row in old.items() if id not in new}
