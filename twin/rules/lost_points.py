"""Definitions that name points which the project does not have: what they watch or command is not there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from twin.model.definition import Definition, DefinitionKind
from twin.model.ids import PointId
from twin.model.twin import Twin
from twin.rules.alarm_proposals import TEMPLATES

_POINT = re.compile(r'"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(?:[^"\\]|\\.)*"')
"""The id of a point as JSON, with the id of the device that it was made for."""
_KINDS = (
    DefinitionKind.ALARM, DefinitionKind.AUTOMATION, DefinitionKind.SCHEDULE, DefinitionKind.SCENE,
    DefinitionKind.ENERGY_SETUP,
)  # fmt: skip


def with_lost_points(twin: Twin) -> Iterator[tuple[DefinitionKind, Definition]]:
    """The enabled definitions that name a point which is not in the twin. Proposed alarms of a device that was removed are
    none: they come and go with it."""
    for kind in _KINDS:
        for one in twin.definitions.of(kind):
            if one.enabled and any(_is_lost(found, kind, one, twin) for found in _POINT.finditer(one.body)):
                yield kind, one


def _is_lost(found: re.Match[str], kind: DefinitionKind, definition: Definition, twin: Twin) -> bool:
    if PointId(json.loads(found[0])) in twin.point_of:
        return False
    proposed = kind is DefinitionKind.ALARM and definition.id.partition(":")[0] in TEMPLATES
    return not proposed or found[1] in twin.device_of
