"""Reads Home Assistant's registries in `.storage`: floors, areas, devices and entities, 2023 to 2026.

Format: {"version", "minor_version", "key", "data": {"areas": [...]}}; Home Assistant core,
`homeassistant/helpers/{area,floor,device,entity}_registry.py`. Older files name the `area_id` of an area `id`; floors
exist since 2024.4.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from twin.building.limits import refuse
from twin.model.ids import clean_name

FILE_BYTES = 128 << 20
ROWS = {"areas": 2_000, "floors": 200, "devices": 20_000, "entities": 200_000}
"""Most rows of each registry."""
PARTS = ("area_registry", "floor_registry", "device_registry", "entity_registry", "config")
_ENTITY = re.compile(r"[a-z0-9_]{1,64}\.[a-z0-9_]{1,190}")

type RegistryRow = dict[str, Any]


@dataclass(frozen=True, slots=True)
class HassFloor:
    """One floor; `level` is None where it is not set."""

    id: str
    name: str
    level: float | None


@dataclass(frozen=True, slots=True)
class HassArea:
    """One area, on a floor where `floor` is not empty."""

    id: str
    name: str
    floor: str


@dataclass(frozen=True, slots=True)
class HassDevice:
    """One device that is not disabled; `service` marks entries that are no physical device."""

    id: str
    name: str
    area: str
    via: str
    service: bool


@dataclass(frozen=True, slots=True)
class HassEntity:
    """One entity that is neither disabled nor hidden. `aside` marks those for configuration or diagnosis."""

    id: str
    name: str
    device: str
    area: str
    device_class: str
    aside: bool


@dataclass(frozen=True, slots=True)
class HassHome:
    """The contents of all the registries read."""

    floors: tuple[HassFloor, ...]
    areas: tuple[HassArea, ...]
    things: tuple[HassDevice, ...]
    entities: tuple[HassEntity, ...]
    place: RegistryRow
    """The data of `core.config`: name, position and time zone."""


def beside(path: Path) -> dict[str, Path]:
    """Paths of the registry files in the same folder, by part; including `path` itself."""
    stem = path.name.rsplit(".", 1)[0]
    found = {part: path.with_name(f"{stem}.{part}") for part in PARTS}
    return {part: file for part, file in found.items() if file.is_file()}


def registry_in(folder: Path) -> Path | None:
    """Path of the area registry in a folder that is, or contains, Home Assistant's `.storage`; None where there is
    none.
    """
    places = (folder / name for name in ("core.area_registry", ".storage/core.area_registry"))
    return next((place for place in places if place.is_file()), None)


def read_home(path: Path) -> HassHome:
    """The registries beside `path`. Raises ProblemError where the area registry is missing or one is unreadable."""
    files = beside(path)
    if "area_registry" not in files:
        raise refuse("hass.no_areas", str(path))
    registries = {part: _data(file) for part, file in files.items()}
    floors = [HassFloor(_key(row, "floor_id"), _text(row, "name"), _level(row)) for row in _rows(registries, files, "floor_registry", "floors")]  # fmt: skip
    areas = [HassArea(_key(row, "id") or _key(row, "area_id"), _text(row, "name"), _key(row, "floor_id")) for row in _rows(registries, files, "area_registry", "areas")]  # fmt: skip
    return HassHome(
        floors=_once(floors),
        areas=_once(areas),
        things=_once([_thing(row) for row in _rows(registries, files, "device_registry", "devices") if not row.get("disabled_by")]),
        entities=_once([one for row in _rows(registries, files, "entity_registry", "entities") if (one := _entity(row)) is not None]),
        place=registries.get("config", {}),
    )  # fmt: skip


def _data(file: Path) -> RegistryRow:
    if file.stat().st_size > FILE_BYTES:
        raise refuse("hass.large", str(file))
    try:
        document: Any = json.loads(file.read_bytes())
        data: Any = document["data"]
        if isinstance(data, dict):
            return cast("RegistryRow", data)
    except (ValueError, KeyError, TypeError, RecursionError, OSError) as error:
        raise refuse('hass.unreadable', str(file), detail=str(error)[:200]) from error  # fmt: skip
    raise refuse('hass.foreign', str(file))  # fmt: skip


def _rows(registries: dict[str, RegistryRow], files: dict[str, Path], part: str, name: str) -> Iterator[RegistryRow]:
    """The valid rows of one registry; none where the registry is missing."""
    if part not in registries:
        return
    found = registries[part].get(name)
    if not isinstance(found, list):
        raise refuse('hass.foreign', str(files[part]))  # fmt: skip
    rows = cast("list[Any]", found)
    if len(rows) > ROWS[name]:
        raise refuse('hass.huge', str(files[part]), most=ROWS[name], name=name)  # fmt: skip
    yield from (cast("RegistryRow", row) for row in rows if isinstance(row, dict))


def _once[T: (HassFloor, HassArea, HassDevice, HassEntity)](rows: list[T]) -> tuple[T, ...]:
    """Those with an id, each id once: the first counts."""
    return tuple({row.id: row for row in reversed(rows) if row.id}.values())[::-1]


def _thing(row: RegistryRow) -> HassDevice:
    name = _text(row, "name_by_user") or _text(row, "name") or _text(row, "model")
    service = row.get("entry_type") == "service"
    return HassDevice(_key(row, "id"), name, _key(row, "area_id"), _key(row, "via_device_id"), service)


def _entity(row: RegistryRow) -> HassEntity | None:
    id = row.get("entity_id")
    if not isinstance(id, str) or not _ENTITY.fullmatch(id) or row.get("disabled_by") or row.get("hidden_by"):
        return None
    known = _key(row, "device_class") or _key(row, "original_device_class")
    name = _text(row, "name") or _text(row, "original_name")
    return HassEntity(id, name, _key(row, "device_id"), _key(row, "area_id"), known, bool(row.get("entity_category")))


def _key(row: RegistryRow, name: str) -> str:
    value = row.get(name)
    return clean_name(value) if isinstance(value, str) else ""


_text = _key


def _level(row: RegistryRow) -> float | None:
    level = row.get("level")
    return (
        float(level) if isinstance(level, int | float) and not isinstance(level, bool) and abs(level) < 1000 else None
    )
