"""JSON objects that devices send: parts and values in them, whatever shape they have."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

type Document = Mapping[str, Any]
"""A JSON object."""
MAX_DEPTH = 32
"""Objects and lists within each other; what is nested deeper is no document of a device."""


def decoded(text: str | bytes) -> Document | None:
    """The JSON object that a text is; None where it is none, or is nested deeper than MAX_DEPTH."""
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found: object = msgspec.json.decode(text)
        if isinstance(found, Mapping) and _is_shallow(cast(Document, found)):
            return cast(Document, found)
    return None


def _is_shallow(document: Document) -> bool:
    level: list[object] = [document]
    for _ in range(MAX_DEPTH):
        level = [one for outer in level for one in _contents(outer) if isinstance(one, dict | list)]
        if not level:
            return True
    return False


def _contents(outer: object) -> Iterable[object]:
    return cast("dict[str, object]", outer).values() if isinstance(outer, dict) else cast("list[object]", outer)


def number(raw: object) -> float | None:
    """A number as a finite float; None for what is none, for true and false, and for one that is too large."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    with contextlib.suppress(OverflowError):
        return float(raw) if math.isfinite(raw) else None
    return None


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


def updated(status: Document, changes: Document, base: Document | None = None) -> Document:
    """A status with the changes of those components that it has, so that it does not grow with what else is notified.

    The changes of a component are merged into its part of `base`, by default of the status.
    """
    known = {
        key: cast(Document, value) for key, value in changes.items() if key in status and isinstance(value, Mapping)
    }
    before = status if base is None else base
    return {**status, **{key: merged(part_of(before, key), value) for key, value in known.items()}}


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
