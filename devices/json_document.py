"""JSON objects that devices send: parts and values in them, whatever shape they have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

type Document = Mapping[str, Any]
"""A JSON object."""


def part_of(document: Document, key: str) -> Document:
    """The object under a key; empty where there is none."""
    found: object = document.get(key)
    return cast(Document, found) if isinstance(found, Mapping) else {}


def value_at(document: Document, path: str) -> object:
    """The value at the end of keys that are joined by dots; None where there is none."""
    *parts, last = path.split(".")
    for key in parts:
        document = part_of(document, key)
    return document.get(last)


def merged(status: Document, changes: Document) -> dict[str, Any]:
    """A status with the changed values of a notification."""
    found = dict(status)
    for key, value in changes.items():
        before = found.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            found[key] = merged(cast(Document, before), cast(Document, value))
        else:
            found[key] = value
    return found
