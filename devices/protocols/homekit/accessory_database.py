"""The accessory attribute database (HomeKit Accessory Protocol Specification R2, sections 2.6 and 6.6) as values."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import cast

import msgspec

from twin.model.problem import Problem, ProblemError

_BASE = "-0000-1000-8000-0026BB765291"
"""Ending of the UUIDs that the specification gives out; they are written without it."""
MAX_ACCESSORIES = 2_000
MAX_SERVICES, MAX_CHARACTERISTICS = 100, 100
"""Of an accessory and of a service (HomeKit Accessory Protocol Specification R2, section 2.3); what exceeds them is left out."""


class Characteristic(msgspec.Struct, frozen=True, kw_only=True):
    """One characteristic; `type` is the short form (`25`) or a maker's UUID in upper case."""

    iid: int
    type: str
    perms: tuple[str, ...] = ()
    """`pr` readable, `pw` writable, `ev` sends events."""
    format: str = ""
    unit: str = ""
    minimum: float | None = msgspec.field(name="minValue", default=None)
    maximum: float | None = msgspec.field(name="maxValue", default=None)
    step: float | None = msgspec.field(name="minStep", default=None)
    valid: tuple[int, ...] = msgspec.field(name="valid-values", default=())
    description: str = ""


class AccessoryService(msgspec.Struct, frozen=True, kw_only=True):
    """A group of characteristics for one function, such as a light bulb; `type` as in Characteristic."""

    iid: int
    type: str
    characteristics: tuple[Characteristic, ...] = ()

    def has(self, type: str) -> Characteristic | None:
        """The characteristic of this type; None without."""
        return next((one for one in self.characteristics if one.type == type), None)


class Accessory(msgspec.Struct, frozen=True, kw_only=True):
    """One accessory; a bridge has several, the first of which (1) is itself."""

    aid: int
    services: tuple[AccessoryService, ...] = ()


def short_type(uuid: str) -> str:
    """A type as the tables of this folder write it."""
    text = uuid.strip().upper()
    return (text.removesuffix(_BASE)).lstrip("0") if text.endswith(_BASE) or "-" not in text else text


def accessories_of(document: object) -> tuple[Accessory, ...]:
    """The accessories in a parsed answer; what is malformed in it is left out. Raises ProblemError where nothing is right."""
    rows = rows_in(document, "accessories")
    if not 0 < len(rows) <= MAX_ACCESSORIES:
        raise ProblemError(Problem(code="homekit.unreadable"))
    return tuple(
        Accessory(aid=aid, services=tuple(_services(row))) for row in rows if isinstance(aid := row.get("aid"), int)
    )


def _services(accessory: object) -> Iterator[AccessoryService]:
    for row in rows_in(accessory, "services")[:MAX_SERVICES]:
        iid, type = row.get("iid"), row.get("type")
        if isinstance(iid, int) and isinstance(type, str):
            yield AccessoryService(iid=iid, type=short_type(type), characteristics=tuple(_characteristics(row)))


def _characteristics(service: object) -> Iterator[Characteristic]:
    for row in rows_in(service, "characteristics")[:MAX_CHARACTERISTICS]:
        with contextlib.suppress(msgspec.ValidationError):
            one = msgspec.convert(row, Characteristic)
            yield msgspec.structs.replace(one, type=short_type(one.type))


def values_in(document: object) -> dict[tuple[int, int], object]:
    """The values that the database itself brings along, by accessory and instance id."""
    found: dict[tuple[int, int], object] = {}
    for accessory in rows_in(document, "accessories"):
        for service in rows_in(accessory, "services"):
            for one in rows_in(service, "characteristics"):
                aid, iid = accessory.get("aid"), one.get("iid")
                if isinstance(aid, int) and isinstance(iid, int) and "value" in one:
                    found[aid, iid] = one["value"]
    return found


def rows_in(holder: object, name: str) -> list[dict[str, object]]:
    """The objects in a list of a parsed JSON document; empty where there is no such list."""
    if not isinstance(holder, dict):
        return []
    rows = cast("dict[str, object]", holder).get(name)
    if not isinstance(rows, list):
        return []
    return [cast("dict[str, object]", row) for row in cast("list[object]", rows) if isinstance(row, dict)]
