"""The resources of a bridge: its devices, their services, rooms and scenes, and what its events change of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from devices.json_document import Document, merged, part_of

MAX_RESOURCES = 20_000
_STRUCTURE = ("metadata", "product_data", "children", "services", "group", "owner", "actions")
"""Parts of a resource on which the description of the devices depends; of a scene's actions only that there are some."""


class HueResources:
    """Every resource by its id. Documents of strangers: nothing of their shape is taken for granted."""

    def __init__(self, documents: Iterable[Document] = ()) -> None:
        self._by_id: dict[str, Document] = {}
        for one in documents:
            if (rid := _rid(one)) and len(self._by_id) < MAX_RESOURCES:
                self._by_id[rid] = one

    def get(self, rid: str) -> Document:
        """A resource; empty where there is none."""
        return self._by_id.get(rid, {})

    def of_type(self, type: str) -> tuple[Document, ...]:
        """The resources of a type, such as `device`."""
        return tuple(one for one in self._by_id.values() if one.get("type") == type)

    def services(self, owner: Document, type: str) -> tuple[Document, ...]:
        """The services of a type that a device or room has, in its order."""
        found = (self.get(rid) for rid, kind in references(owner.get("services")) if kind == type)
        return tuple(one for one in found if one)

    def update(self, changes: Iterable[Document]) -> tuple[frozenset[str], bool]:
        """Merges changed parts of resources; returns the ids of those that are here, and whether any changed what the
        devices are.
        """
        touched: set[str] = set()
        restructured = False
        for change in changes:
            rid = _rid(change)
            if (before := self._by_id.get(rid)) is None:
                continue
            after = merged(before, change)
            restructured |= any(before.get(key) != after.get(key) for key in _STRUCTURE)
            self._by_id[rid] = after
            touched.add(rid)
        return frozenset(touched), restructured

    def structure(self) -> object:
        """What the description of the devices depends on."""
        return {
            rid: (
                one.get("type"),
                *(one.get(key) for key in _STRUCTURE),
                "mirek_schema" in part_of(one, "color_temperature"),
            )
            for rid, one in self._by_id.items()
        }


def references(listed: object) -> tuple[tuple[str, str], ...]:
    """Ids and types in a list of references."""
    found = cast("list[object]", listed) if isinstance(listed, list) else []
    pairs = [cast("dict[str, Any]", one) for one in found if isinstance(one, dict)]
    return tuple((str(one.get("rid", "")), str(one.get("rtype", ""))) for one in pairs)


def _rid(one: Document) -> str:
    found = one.get("id")
    return found if isinstance(found, str) else ""
