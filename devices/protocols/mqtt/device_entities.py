"""The entities of each device behind a broker; those of announcements that only changed are not grouped anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from devices.protocols.mqtt.device_grouping import DeviceGroup, distinct, groups
from devices.protocols.mqtt.device_tables import same
from devices.protocols.mqtt.entity import MqttEntity
from devices.protocols.mqtt.native_announcements import is_native, told_once
from twin.model.skipped import Skipped
from twin.model.text import Text

MAX_DEVICES = 5_000
NOBODY = frozenset[str]()


class DeviceEntities:
    """Groups the announcements of a broker by device and remembers the uids."""

    def __init__(self) -> None:
        self.by_uid: dict[str, tuple[MqttEntity, ...]] = {}
        """The entities of each device that has points."""
        self.uids: dict[frozenset[str], str] = {}
        """Uid assigned to each set of identifiers; reserved, so that no later device gets it."""
        self.owner: dict[str, str] = {}
        """The uid of the device with this identifier."""
        self.over_limit: tuple[Skipped, ...] = ()
        self.order: dict[str, None] = {}
        """The topics in the order in which their entities count: Home Assistant discovery first."""
        self._told: dict[str, tuple[Sequence[Sequence[MqttEntity]], tuple[MqttEntity, ...]]] = {}
        """Entities of each group by uid: those of each announcement, and the distinct ones."""
        self._group_of: dict[str, str] = {}
        """The uid of the group that an announcement belongs to, by topic."""
        self._alone: set[str] = set()
        """Uids of groups whose identifiers no other group has: a new name does not move their entities."""

    def group(self, announced: Mapping[str, tuple[MqttEntity, ...]]) -> None:
        """Groups the entities of all announcements (by topic) by device."""
        if len(self.order) != len(announced) or self.order.keys() != announced.keys():
            self.order = dict.fromkeys(sorted(announced, key=lambda topic: (is_native(topic), topic)))
        found = groups((announced[topic] for topic in self.order), self.uids)
        over = len([group for group in found if any(one.points for part in group.parts for one in part)]) - MAX_DEVICES
        self.by_uid, self.owner = {}, {}
        uids = {group.uid for group in found}
        self._told = {uid: told for uid, told in self._told.items() if uid in uids}
        self._group_of = {part[0].config.topic: group.uid for group in found for part in group.parts}
        self._alone = _alone(found)
        for group in found:
            entities = self._distinct(group.uid, group.parts)
            if not entities or len(self.by_uid) >= MAX_DEVICES:
                continue
            self.by_uid[group.uid] = entities
            self.uids |= dict.fromkeys(group.sets, group.uid)
            self.owner |= {id: group.uid for names in group.sets for id in names if id not in self.owner}
        limit = Text("mqtt.many_devices", most=MAX_DEVICES, n=over)
        self.over_limit = (Skipped("", limit),) if over > 0 else ()

    def update(
        self, replaced: Mapping[str, tuple[MqttEntity, ...]], announced: Mapping[str, tuple[MqttEntity, ...]]
    ) -> frozenset[str]:
        """Replaces the entities of announcements in their devices and returns the uids of these. `replaced` holds what was
        grouped for these topics, `announced` what all topics announce now. Empty where that may move entities between devices:
        nothing has changed then, and `group` is due.
        """
        changed: dict[str, list[Sequence[MqttEntity]]] = {}
        for topic, before in replaced.items():
            now, uid = announced.get(topic, ()), self._group_of.get(topic, "")
            if uid not in self.by_uid or not self._stays(uid, before, now):
                return NOBODY
            parts = changed.setdefault(uid, list(self._told[uid][0]))
            at = next((at for at, part in enumerate(parts) if part is before), None)
            if at is None:
                return NOBODY
            parts[at] = now
        found = {uid: _distinct(parts) for uid, parts in changed.items()}
        if not all(found.values()):
            return NOBODY
        self._told |= {uid: (changed[uid], entities) for uid, entities in found.items()}
        self.by_uid |= found
        return frozenset(found)

    def _stays(self, uid: str, before: Sequence[MqttEntity], now: Sequence[MqttEntity]) -> bool:
        """Whether an announcement belongs to the same device as before, and decides nothing about others."""
        if not before or not now:
            return False
        former, config = before[0].config, now[0].config
        if not config.identifiers or config.identifiers != former.identifiers:
            return False
        return uid in self._alone or config.about("name") == former.about("name")

    def _distinct(self, uid: str, parts: Sequence[Sequence[MqttEntity]]) -> tuple[MqttEntity, ...]:
        """The entities of a group that have points, told once, with unique keys."""
        known = self._told.get(uid)
        if known is None or not same(known[0], parts):
            known = self._told[uid] = parts, _distinct(parts)
        return known[1]


def _distinct(parts: Iterable[Sequence[MqttEntity]]) -> tuple[MqttEntity, ...]:
    return distinct(one for one in told_once(chain.from_iterable(parts)) if one.points)


def _alone(found: Iterable[DeviceGroup]) -> set[str]:
    alone: set[str] = set()
    holder: dict[str, str] = {}
    for group in found:
        ids = {id for names in group.sets for id in names}
        others = {holder[id] for id in ids if id in holder}
        alone -= others
        if len(group.sets) == 1 and not others:
            alone.add(group.uid)
        holder |= dict.fromkeys(ids, group.uid)
    return alone
