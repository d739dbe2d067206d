"""The alarms of a project, indexed once per edit: by key, with the parent alarms of each and their delays.

A child would be detected before its parent, so it is held back until the parent's own alarm would be active. After the
parent returns, its children stay suppressed for a grace period of twice the longest report interval among them; those
still silent then alarm on their own. Without both, a dead gateway with 40 sensors raises 41 to 81 alarms instead of
one.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from twin.model.twin import Twin
from twin.rules.alarm_definition import AlarmDefinition, AlarmPriority, Deviation, Equals, Silent
from twin.rules.rule_view import online_key

HOLD_BACK_MARGIN_MS = 30_000
GRACE_MS = 600_000
"""Grace period, ms, where no report interval of the children is known."""


class AlarmBook:
    """Alarm definitions by id, parents before their children; immutable after construction."""

    def __init__(self, definitions: Iterable[AlarmDefinition]) -> None:
        known = {one.id: one for one in definitions}
        self.ancestors: dict[str, tuple[str, ...]] = {id: _ancestors(known, id) for id in known}
        """All alarms above each one, nearest first; a cycle of parents ends where it began."""
        self.definitions: dict[str, AlarmDefinition] = {
            id: self._held_back(known, one)
            for id, one in sorted(known.items(), key=lambda item: (len(self.ancestors[item[0]]), item[0]))
        }
        self.rank = {id: number for number, id in enumerate(self.definitions)}
        self.children: dict[str, tuple[str, ...]] = {}
        self.by_key: dict[str, tuple[str, ...]] = {}
        for id, one in self.definitions.items():
            for key in (one.key, one.condition.other) if isinstance(one.condition, Deviation) else (one.key,):
                self.by_key[key] = (*self.by_key.get(key, ()), id)
            for above in self.ancestors[id]:
                self.children[above] = (*self.children.get(above, ()), id)
        self.grace_ms = {id: self._grace(children) for id, children in self.children.items()}

    def _held_back(self, known: dict[str, AlarmDefinition], one: AlarmDefinition) -> AlarmDefinition:
        """An alarm of absence (silence, an online key that is 0) is delayed beyond its slowest ancestor's alarm; a
        critical one is not. One of a value is not delayed: without its parent a value is unknown, never too low."""
        above = [known[id].detection_ms for id in self.ancestors[one.id]]
        of_absence = isinstance(one.condition, Silent) or one.condition == Equals(0.0)
        if not above or not of_absence or one.priority is AlarmPriority.CRITICAL:
            return one
        return replace(one, on_ms=max(one.on_ms, max(above) + HOLD_BACK_MARGIN_MS))

    def _grace(self, children: tuple[str, ...]) -> int:
        slowest = max(self.definitions[id].interval_ms for id in children)
        return 2 * slowest if slowest else GRACE_MS


def _ancestors(known: dict[str, AlarmDefinition], id: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    waiting = list(known[id].parents)
    while waiting:
        above = waiting.pop(0)
        if above in known and above != id and above not in found:
            found[above] = None
            waiting += known[above].parents
    return tuple(found)


def with_parents(definitions: Iterable[AlarmDefinition], twin: Twin) -> tuple[AlarmDefinition, ...]:
    """The definitions with their parents added: a point's is its device's silence, a device's that of its bridge and
    its link.

    Parents that a definition names already are kept.
    """
    all_of_them = tuple(definitions)
    silence_of: dict[str, list[str]] = {}
    for one in all_of_them:
        if one.key.startswith("online:"):
            silence_of.setdefault(one.key, []).append(one.id)
    above: dict[str, tuple[str, ...]] = {}
    for device in twin.devices:
        carriers = [online_key(id) for id in (device.via, device.link) if id]
        upper = tuple(id for key in carriers for id in silence_of.get(key, ()))
        above[online_key(device.id)] = upper
        own = tuple(silence_of.get(online_key(device.id), ()))
        above |= dict.fromkeys((str(point.id) for point in device.points), (*own, *upper))
    return tuple(
        replace(
            one, parents=tuple(dict.fromkeys((*one.parents, *(id for id in above.get(one.key, ()) if id != one.id))))
        )
        for one in all_of_them
    )
