"""Stable key of an entity, derived from its own announcement alone.

Component and `unique_id` (Home Assistant documentation, MQTT, "unique_id": unique for the component); without one,
component, `@` and the discovery topic.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[A-Za-z0-9_.:-]{1,96}")
_SEGMENT = re.compile(r"[A-Za-z0-9_:-]{1,96}")
_STRANGE = re.compile(r"[^A-Za-z0-9_:-]+")


def unique_key(component: str, unique_id: str) -> str:
    """The key of an entity with a `unique_id`."""
    return f"{_segment(component)}.{unique_id if _PLAIN.fullmatch(unique_id) else _shortened(unique_id)}"


def path_key(component: str, place: Iterable[str]) -> str:
    """The key of an entity without a `unique_id`: component and place of announcement."""
    return f"{_segment(component)}.@{'.'.join(_segment(part) for part in place)}"


def strict_key(component: str, place: Iterable[str]) -> str:
    """The key of an entity whose other keys are taken: component and a hash of the place."""
    return f"{_segment(component)}.@{_shortened('\n'.join(place))}"


def _segment(text: str) -> str:
    return text if _SEGMENT.fullmatch(text) else _shortened(text)


def _shortened(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{_STRANGE.sub('_', text)[:48]}~{digest}"
