"""Devices as CSV (RFC 4180): a row per device, a column per capability with its present value, and the time of the
last report.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from twin.files import atomic
from twin.model.capability import CAPABILITIES
from twin.model.device import Device, Point
from twin.model.ids import DeviceId
from twin.model.observation import Quality, StringTable, decode
from twin.model.state import State
from twin.model.twin import Twin
from twin.share.sample_table import cell_text, csv_lines, utc_text

HEAD = (
    "id", "name", "kind", "storey", "room", "protocol", "address", "maker", "model", "serial", "firmware", "online",
    "last_heard",
)  # fmt: skip


def write(
    twin: Twin,
    state: State,
    strings: StringTable,
    online: Mapping[DeviceId, bool],
    wanted: Collection[DeviceId],
    out: Path,
    never: Iterable[Path] = (),
) -> int:
    """Writes the wanted devices in the twin's order; returns their number. Unknown values are empty. Raises
    ProblemError as `atomic.replacing`, OSError.
    """
    devices = [device for device in twin.devices if device.id in wanted]
    there = {point.info.capability for device in devices for point in device.points}
    columns = [row for id, row in CAPABILITIES.items() if id in there]
    head = [f"{row.id} [{row.unit}]" if row.unit else row.id for row in columns]
    rows: list[tuple[object, ...]] = [(*HEAD, *head)]
    for device in devices:
        values = [_value(device, row.id, state, strings) for row in columns]
        rows.append((*_facts(twin, device, state, online), *values))
    with atomic.writing_text(out, atomic.DEVICE_TABLE, never=never) as file:
        file.write(csv_lines(rows))
    return len(devices)


def _facts(twin: Twin, device: Device, state: State, online: Mapping[DeviceId, bool]) -> tuple[str, ...]:
    room = twin.room_of.get(device.room) if device.room else None
    storey = twin.storey_of.get(room.storey) if room else None
    known = (state.index(point.id) for point in device.points)
    heard_ms = max((int(state.time_ms[row]) for row in known if row is not None), default=0)
    there = online.get(device.id)
    texts = (
        device.id, device.name, device.kind, storey.name if storey else "", room.title if room else "", device.protocol,
        device.address, device.maker, device.model, device.serial, device.firmware,
    )  # fmt: skip
    return (*map(cell_text, texts), "" if there is None else str(int(there)), utc_text(heard_ms) if heard_ms else "")


def _value(device: Device, capability: str, state: State, strings: StringTable) -> object:
    """Value of the first point with this capability; empty where there is none."""
    point: Point | None = next((p for p in device.points if p.info.capability == capability), None)
    row = state.index(point.id) if point is not None else None
    if point is None or row is None or state.quality[row] >= Quality.OFFLINE:
        return ""
    value = decode(point, float(state.value[row]), strings)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, tuple):
        return f"{value[0]:.5f} {value[1]:.5f}"
    return cell_text(value) if isinstance(value, str) else "" if value is None else value
