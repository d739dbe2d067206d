"""Registry of the entities that one MQTT broker announced (Home Assistant discovery). No network access."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import chain

from devices.contract import RefusedError
from devices.protocols.mqtt.availability import AvailabilityOwner, AvailabilityTracker
from devices.protocols.mqtt.components import entity
from devices.protocols.mqtt.device_description import MadeDevice, moved_identifiers
from devices.protocols.mqtt.device_entities import MAX_DEVICES, NOBODY, DeviceEntities
from devices.protocols.mqtt.device_tables import LookupTables, within_range
from devices.protocols.mqtt.discovery_payload import address, configs
from devices.protocols.mqtt.entity import MqttEntity, OutgoingMessage, Variables, variables
from devices.protocols.mqtt.native_announcements import NativeAnnouncements, is_native
from devices.protocols.mqtt.retained_age import stated_time_ms
from devices.protocols.mqtt.template import UNSAID
from devices.protocols.mqtt.zigbee2mqtt_devices import ListedDevice
from twin.model.device import DeviceInfo
from twin.model.observation import Availability, Report, Value
from twin.model.skipped import MAX_SKIPPED, Skipped
from twin.model.text import Text, why

NO_JSON = Text("mqtt.no_json")
MAX_CONFIGS = 50_000
MOST_CHANGES = 20
"""Configurations that may change before a dump is preferred, where a tenth of all are fewer."""
GONE = Text("reason.said_offline")


@dataclass(slots=True)
class ParsedMessage:
    """Events of one message. `later`: reports to deliver after a delay in seconds, for detectors without an "off"."""

    events: list[Report | Availability] = field(default_factory=list[Report | Availability])
    later: list[tuple[float, Report]] = field(default_factory=list[tuple[float, Report]])


class DiscoveryRegistry:
    """Stores configurations by topic and derives the devices, topics and commands from them."""

    def __init__(self, prefix: str = "homeassistant", address: str = "") -> None:
        self.prefix = prefix
        self._address = address
        """Address of the broker, which is that of its devices."""
        self.devices: tuple[DeviceInfo, ...] = ()
        self.refusals = 0
        """Counter that rises whenever a message is refused or becomes valid again: `skipped` has changed."""
        self._payloads: dict[str, bytes] = {}
        self._entities: dict[str, tuple[MqttEntity, ...]] = {}
        self._replaced: dict[str, tuple[MqttEntity, ...]] = {}
        """The former entities of announcements that changed since `rebuild_devices`, by topic; none of a new one."""
        self._native = NativeAnnouncements()
        self._groups = DeviceEntities()
        self.availability_tracker = AvailabilityTracker()
        self._tables = LookupTables(self.availability_tracker)
        self._last: dict[str, dict[str, Value]] = {}
        """The last value of every point by device uid and point key; events excluded."""
        self._away: set[AvailabilityOwner] = set()
        """Owners whose last reported availability is offline."""
        self._made: dict[str, MadeDevice] = {}
        """Devices by uid: only those of others are made anew."""
        self._made_of: Mapping[str, str] = {}
        """The owners of identifiers then."""
        self._untold: set[str] | None = None
        """Uids of the devices whose availability is not told yet; None: all."""
        self._kept_payloads: dict[str, bytes] = {}
        self._kept_uids: dict[frozenset[str], str] = {}
        self.generation = ""
        """Of the dump to which changes belong."""
        self._refused: dict[str, Skipped] = {}
        self._incomplete: dict[str, tuple[Skipped, ...]] = {}
        """What was left out of an announcement, by topic."""
        self._strange: dict[str, Skipped] = {}
        """Devices that could not be described, by uid."""
        self._left_out: tuple[Skipped, ...] = ()

    # -- configurations ----------------------------------------------------------------------------------------------

    def is_announcement(self, topic: str) -> bool:
        """Whether messages on this topic announce devices: by Home Assistant discovery, or a bridge's own list or facts."""
        return address(topic, self.prefix) is not None or is_native(topic)

    def announcements(self, topic: str, payload: bytes) -> Iterator[tuple[str, bytes]]:
        """The announcements for `store_config` in a message: itself, or one of each changed device of a bridge's list."""
        if not is_native(topic):
            yield topic, payload
            return
        try:
            yield from self._native.announcements(topic, payload, tuple(self._payloads))
        except ValueError as error:
            self.mark_unreadable(topic, why(error))
        else:
            self.mark_readable(topic)

    def store_config(self, topic: str, payload: bytes) -> bool:
        """Stores a discovery payload; an empty one removes the entity. Returns whether anything changed. Call
        `rebuild_devices()` afterwards.
        """
        native = is_native(topic)
        if not payload:
            self.mark_readable(topic)
            known = self._payloads.pop(topic, None) is not None
            if known:
                self._set_entities(topic, None)
            if known and native:
                self._take_facts(topic, payload)
            return known
        if self._payloads.get(topic) == payload:
            return False
        if topic not in self._payloads and len(self._payloads) >= MAX_CONFIGS:
            self.mark_unreadable(topic, Text("mqtt.many_announcements", most=MAX_CONFIGS))
            return False
        try:
            made = self._own(topic, payload) if native else self._discovered(topic, payload)
        except Exception as error:  # one strange announcement must not take the others along
            known = isinstance(error, ValueError)
            self.mark_unreadable(topic, why(error) if known else Text("mqtt.message", error=type(error).__name__))
            return False
        self.mark_readable(topic)
        self._payloads[topic] = payload
        self._set_entities(topic, made)
        return True

    def _discovered(self, topic: str, payload: bytes) -> tuple[MqttEntity, ...]:
        return tuple(entity(config) for config in configs(topic, payload, self.prefix))

    def _own(self, topic: str, payload: bytes) -> tuple[MqttEntity, ...]:
        """The entities of a native announcement."""
        self._take_facts(topic, payload)
        return self._native.entities(topic, payload)

    def _take_facts(self, topic: str, payload: bytes) -> None:
        """Takes the facts in a native announcement, and makes the entities of the others anew that depend on them."""
        for start in self._native.store(topic, payload):
            for other, known in self._payloads.items():
                if other.startswith(start) and other != topic:
                    self._set_entities(other, self._native.entities(other, known))

    def _set_entities(self, topic: str, entities: tuple[MqttEntity, ...] | None) -> None:
        """Sets what an announcement amounts to; None where it is gone."""
        self._replaced.setdefault(topic, self._entities.get(topic, ()))
        if entities is None:
            self._entities.pop(topic, None)
        else:
            self._entities[topic] = entities
        self._incomplete.pop(topic, None)
        if skipped := tuple(chain.from_iterable(one.skipped for one in entities or ())):
            self._incomplete[topic] = skipped

    def rebuild_devices(self) -> tuple[DeviceInfo, ...]:
        """Groups the stored configurations by device and updates the tables of `handle_message` and `encode_command`. Where
        announcements only changed, that is their devices alone.
        """
        replaced, self._replaced = self._replaced, {}
        if changed := self._groups.update(replaced, self._entities):
            self._tables.change_devices({uid: self._groups.by_uid[uid] for uid in changed})
            self._untold = None if self._untold is None else self._untold | changed
        elif replaced:
            self._groups.group(self._entities)
            self._tables.set_devices(self._groups.by_uid)
            self._untold = None
        if changed or replaced:
            self._describe(changed if changed <= self._made.keys() else NOBODY)
        known = self._groups.order if self._incomplete else ()
        left_out = [self._incomplete[topic] for topic in known if topic in self._incomplete]
        self._left_out = (*self._groups.over_limit, *self._strange.values(), *chain.from_iterable(left_out))
        return self.devices

    def _describe(self, changed: frozenset[str]) -> None:
        """Describes these devices; with none, all whose entities, or whose bridge, are others than before."""
        same, owner = dict[str, MadeDevice](), self._groups.owner
        moved = frozenset[str]()
        if not changed:
            same, moved = self._made, moved_identifiers(self._made_of, owner)
            self._made, self._made_of, self._strange = {}, owner, {}
        for uid in changed or self._groups.by_uid:
            entities, known = self._groups.by_uid[uid], same.get(uid)
            if known is not None and known.entities is entities and known.bridge not in moved:
                self._made[uid] = known
                continue
            try:
                self._made[uid] = MadeDevice.of(uid, entities, owner, self._address)
            except Exception as error:  # one strange device must not take the others along
                self._made.pop(uid, None)
                self._strange[uid] = Skipped(uid, Text("mqtt.device", error=type(error).__name__))
        self.devices = tuple([one.info for one in self._made.values()])

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Entries left out: refused messages first, then what `rebuild_devices` could not use."""
        return (*self._refused.values(), *self._left_out)

    def mark_unreadable(self, topic: str, reason: Text) -> None:
        """Notes that a message on this topic could not be parsed."""
        if len(self._refused) <= MAX_SKIPPED and self._refused.get(topic) != (one := Skipped(topic, reason)):
            self._refused[topic] = one
            self.refusals += 1

    def mark_readable(self, topic: str) -> None:
        """Notes that a message on this topic could be parsed and removes the earlier note."""
        if self._refused.pop(topic, None) is not None:
            self.refusals += 1

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics to subscribe to: availability first, so that old values of an offline device are recognised."""
        return self.other_topics(set())[0]

    def other_topics(self, known: Set[str]) -> tuple[tuple[str, ...], Set[str]]:
        """Those of the topics that are not `known`, in the order of `topics`; and those `known` that are none of them."""
        first, then = self.availability_tracker.topics, self._tables.topics
        new = (*sorted(first - known), *sorted((then - known) - first))
        return new, (known - first) - then

    @property
    def bridges(self) -> tuple[str, ...]:
        """Base topics of the Zigbee bridges."""
        return self._native.bridges

    @property
    def listed_devices(self) -> tuple[ListedDevice, ...]:
        """The devices that bridges list, coordinators excepted."""
        return self._native.listed(self._payloads)

    def uid_of(self, address: str) -> str:
        """The uid of the device with this Zigbee address; empty where it has no points yet."""
        return self._groups.owner.get(f"zigbee2mqtt_{address}", "")

    @property
    def state_requests(self) -> tuple[OutgoingMessage, ...]:
        """Messages that ask devices for their state, where they would tell it only minutes later."""
        return tuple(self._native.state_requests())

    # -- messages ----------------------------------------------------------------------------------------------------

    def handle_message(self, topic: str, payload: bytes, *, retained: bool = False) -> ParsedMessage:
        """Parses a message on a state or availability topic. `retained`: the broker sent a stored message."""
        parsed, known = ParsedMessage(), variables(payload)
        for who, online in self.availability_tracker.handle_message(topic, known):
            parsed.events += self._availability_changed(who, online)
        time_ms, silent = stated_time_ms(known.get("value_json")) if retained else None, False
        reported: dict[tuple[str, str], int] = {}
        for reader in self._tables.readers(topic):
            if retained and reader.event:
                continue
            value = reader.reading.read(known)
            if value is UNSAID:
                silent = True
                if (refused := reader.reading.refusal()) is not None:
                    self.mark_unreadable(topic, Text("mqtt.template", why=refused))
                continue
            key = reader.reading.key
            if not reader.event:
                self._last.setdefault(reader.uid, {})[key] = value
            if retained and self._absent(reader.uid, key):
                continue  # said before it went, not now; should it come back, this is what was said last
            report = Report(reader.uid, key, value, time_ms, retained=retained)
            if not reader.event and (at := reported.get((reader.uid, key))) is not None:
                parsed.events[at] = report  # two readings of a point in one message: the later one is right
            else:
                reported[reader.uid, key] = len(parsed.events)
                parsed.events.append(report)
            if reader.off_delay_s and value is True:
                parsed.later.append((reader.off_delay_s, Report(reader.uid, key, value=False, retained=retained)))
        self._judge(topic, known, silent=silent and not parsed.events)
        return parsed

    def _judge(self, topic: str, known: Variables, *, silent: bool) -> None:
        """Notes a message that looks like JSON, is invalid and gave no value; the topic's next valid JSON removes the
        note.
        """
        text = known.get("value")
        if "value_json" in known:
            if self._refused.get(topic) == Skipped(topic, NO_JSON):
                self.mark_readable(topic)
        elif silent and isinstance(text, str) and text.lstrip()[:1] in ("{", "["):
            self.mark_unreadable(topic, NO_JSON)

    def _availability_changed(self, who: AvailabilityOwner, online: bool) -> list[Report | Availability]:
        """The events of a change of availability; back online, they include the owner's last values."""
        uid, key = who
        was_away = who in self._away
        (self._away.discard if online else self._away.add)(who)
        told = Availability(uid, online, None if online else GONE, key)
        if not (online and was_away):
            return [told]
        last = ((one, value) for one, value in self._last.get(uid, {}).items() if key in ("", one))
        back = [Report(uid, one, value, retained=True) for one, value in last if not self._absent(uid, one)]
        return [told, *back]

    def _absent(self, uid: str, key: str) -> bool:
        return (uid, "") in self._away or (uid, key) in self._away

    def untold_availability(self) -> list[Availability]:
        """The known availability of the devices that `rebuild_devices` made anew since the last call; the first time of all."""
        untold, self._untold = self._untold, set[str]()
        return self.availability(untold)

    def availability(self, of: Collection[str] | None = None) -> list[Availability]:
        """The known availability of every owner, or of the devices with these uids; devices without an availability rule are
        assumed online."""
        free = self._tables.free
        uids = [device.uid for device in self.devices if device.uid in free] if of is None else sorted(free & set(of))
        found = [Availability(uid, True, assumed=True) for uid in uids]
        owners = self.availability_tracker.owners
        for who in sorted(owners if of is None else self._tables.ruled(of)):
            if (online := self.availability_tracker.online(who)) is not None:
                found.append(Availability(who[0], online, None if online else GONE, who[1]))
                (self._away.discard if online else self._away.add)(who)
        for uid, key in sorted(self._away - owners):
            found.append(Availability(uid, True, key=key, assumed=True))  # nobody speaks for it any more
            self._away.discard((uid, key))
        return found

    def encode_command(self, uid: str, key: str, verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        """Encodes a command as MQTT messages. Raises RefusedError where the point is gone or cannot take it."""
        one = self._tables.entity_of_point.get((uid, key))
        if one is None:
            raise RefusedError(Text("reason.gone_command"))
        last = self._last.get(uid, {}).get(key)
        if verb == "toggle":
            if not isinstance(last, bool):
                raise RefusedError(Text("reason.nothing_to_toggle"))
            verb = "off" if last else "on"
        if verb == "step":
            if not isinstance(last, int | float) or not isinstance(value, int | float):
                raise RefusedError(Text("reason.nothing_to_step"))
            verb, value = "set", within_range(one, key, last + value)
        messages = one.writes[key](verb, value)
        if not messages:
            raise RefusedError(Text("mqtt.no_topic"))
        return messages

    # -- memory ------------------------------------------------------------------------------------------------------

    def dump(self) -> str:
        """The configurations and uids as JSON, for `load` at the next start."""
        kept = {topic: base64.b64encode(payload).decode() for topic, payload in sorted(self._payloads.items())}
        whole = {"version": 1, "generation": self.generation, "prefix": self.prefix, "payloads": kept}
        return json.dumps(whole | {"uids": _uid_rows(self._groups.uids.items())[-MAX_DEVICES:]})

    def load(self, text: str) -> int | None:
        """Loads a dump and returns its number of configurations; None where it is damaged or of another prefix."""
        return self._load(text, change=False)

    def load_change(self, text: str) -> int | None:
        """Loads a change, if it is one of the dump that was loaded; returns the number of changed configurations, or None."""
        return self._load(text, change=True)

    def _load(self, text: str, *, change: bool) -> int | None:
        try:
            body = json.loads(text)
            generation = str(body.get("generation", ""))
            if change and generation != self.generation:
                return None
            own_prefix = body["prefix"] == self.prefix
            kept: Mapping[str, str] = body["payloads"] if own_prefix else {}
            pairs = [(topic, base64.b64decode(payload, validate=True)) for topic, payload in kept.items()]
            self._groups.uids |= {frozenset(map(str, own)): str(uid) for own, uid in body.get("uids", ())}
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        self.generation = generation
        loaded = sum(self.store_config(topic, payload) for topic, payload in pairs)
        return loaded if own_prefix else None

    def change(self) -> str | None:
        """What has changed since `mark_kept`, for `load_change`; empty for nothing, None where a dump is shorter."""
        kept, now = self._kept_payloads, self._payloads
        changed = {topic: payload for topic, payload in now.items() if kept.get(topic) is not payload}
        changed |= dict.fromkeys(kept.keys() - now.keys(), b"")
        uids = [(own, uid) for own, uid in self._groups.uids.items() if self._kept_uids.get(own) != uid]
        if not changed and not uids:
            return ""
        if len(changed) > max(MOST_CHANGES, len(now) // 10):
            return None
        payloads = {topic: base64.b64encode(payload).decode() for topic, payload in changed.items()}
        line = {"generation": self.generation, "prefix": self.prefix, "payloads": payloads, "uids": _uid_rows(uids)}
        return json.dumps(line)

    def mark_kept(self) -> None:
        """What is held now is what is kept."""
        self._kept_payloads, self._kept_uids = dict(self._payloads), dict(self._groups.uids)


def _uid_rows(uids: Iterable[tuple[frozenset[str], str]]) -> list[list[object]]:
    return [[sorted(own), uid] for own, uid in uids]
