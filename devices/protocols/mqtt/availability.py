"""Availability of MQTT devices and entities (Home Assistant MQTT discovery: `availability`, `availability_mode`)."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any, cast

from devices.protocols.mqtt.discovery_payload import EntityConfig, good_topic
from devices.protocols.mqtt.entity import Variables, is_payload
from devices.protocols.mqtt.template import UNSAID, UnsafeTemplateError, compiled


@dataclass(frozen=True, slots=True)
class AvailabilityTopic:
    """One availability topic with its payloads for online (`here`) and offline (`gone`)."""

    topic: str
    template: str = ""
    here: str = "online"
    gone: str = "offline"


@dataclass(frozen=True, slots=True)
class AvailabilityRule:
    """Availability topics and how they combine: `all`, `any`, or `latest`."""

    spots: tuple[AvailabilityTopic, ...]
    mode: str = "latest"


def rule_of(config: EntityConfig) -> AvailabilityRule | None:
    """The availability rule of an entity; None where it has none and counts as online."""
    single, spots = config.path("availability_topic"), list[AvailabilityTopic]()
    if single:
        here, gone = config.payload("payload_available", "online"), config.payload("payload_not_available", "offline")
        spots.append(AvailabilityTopic(single, config.template("availability_template"), here, gone))
    for one in cast("list[dict[str, Any]]", config.values.get("availability") or []):
        topic, template = one.get("topic"), one.get("value_template")
        if isinstance(topic, str) and good_topic(topic):
            here, gone = (str(one.get(f"payload_{word}", default))[:128] for word, default in _WORDS)
            spots.append(AvailabilityTopic(topic, template if isinstance(template, str) else "", here, gone))
    mode = config.text("availability_mode", "latest")
    return AvailabilityRule(tuple(spots), mode if mode in ("all", "any") else "latest") if spots else None


_WORDS = (("available", "online"), ("not_available", "offline"))


type AvailabilityOwner = tuple[str, str]
"""A device's uid and the key of one of its points, empty for the whole device."""


class AvailabilityTracker:
    """Tracks the last message of each availability topic and derives which owners are online."""

    def __init__(self) -> None:
        self._online: dict[AvailabilityTopic, bool] = {}
        self._rules: dict[AvailabilityOwner, AvailabilityRule] = {}
        self._by_topic: dict[str, dict[AvailabilityTopic, None]] = {}
        self._waiting: dict[AvailabilityTopic, set[AvailabilityOwner]] = {}
        self._latest: dict[AvailabilityRule, AvailabilityTopic] = {}
        self._left: set[AvailabilityTopic] = set()
        """Topics whose last owner left; their states wait for the next one until `remove_left`."""

    def replace_rules(
        self, former: Mapping[AvailabilityOwner, AvailabilityRule], rules: Mapping[AvailabilityOwner, AvailabilityRule]
    ) -> None:
        """Replaces rules that were set before (`former`) by others. States already received are kept, those of topics that have
        no owner any more until `remove_left`: a broker does not repeat what is subscribed to.
        """
        if former == rules:
            return
        for who, rule in rules.items():
            for spot in rule.spots:
                self._by_topic.setdefault(spot.topic, {})[spot] = None
                self._waiting.setdefault(spot, set()).add(who)
        for who, rule in former.items():
            kept = rules[who].spots if who in rules else ()
            for spot in rule.spots:
                if spot not in kept:
                    self._waiting[spot].discard(who)
                    self._left.add(spot)
            if who not in rules:
                del self._rules[who]
        self._rules |= rules

    def remove_left(self) -> None:
        """Removes the topics that have no owner any more, once all devices have their rules."""
        for spot in self._left:
            if not self._waiting[spot]:
                del self._waiting[spot], self._by_topic[spot.topic][spot]
                self._online.pop(spot, None)
                if not self._by_topic[spot.topic]:
                    del self._by_topic[spot.topic]
        self._left.clear()

    @property
    def topics(self) -> Set[str]:
        """Every availability topic to subscribe to."""
        return self._by_topic.keys()

    @property
    def owners(self) -> Set[AvailabilityOwner]:
        """Devices and points with an availability rule."""
        return self._rules.keys()

    def handle_message(self, topic: str, known: Variables) -> tuple[tuple[AvailabilityOwner, bool], ...]:
        """Evaluates a message; returns the owners it concerns with their state, also where that is unchanged."""
        touched: set[AvailabilityOwner] = set()
        for spot in self._by_topic.get(topic, ()):
            online = _parsed_online(spot, known)
            if online is None:
                continue
            self._online[spot] = online
            for who in self._waiting[spot]:
                touched.add(who)
                self._latest[self._rules[who]] = spot
        states = ((who, self.online(who)) for who in sorted(touched))
        return tuple((who, online) for who, online in states if online is not None)

    def online(self, who: AvailabilityOwner) -> bool | None:
        """Whether the owner is online by its rule; None without a rule or while the rule is undecided."""
        rule = self._rules.get(who)
        return None if rule is None else self._holds(rule)

    def _holds(self, rule: AvailabilityRule) -> bool | None:
        online = [self._online.get(spot) for spot in rule.spots]
        if rule.mode == "all":
            return False if False in online else None if None in online else True
        if rule.mode == "any":
            return True if True in online else None if None in online else False
        latest = self._latest.get(rule)
        return None if latest is None else self._online.get(latest)


def _parsed_online(point: AvailabilityTopic, known: Variables) -> bool | None:
    try:
        got = compiled(point.template)(known) if point.template else known.get("value")
    except UnsafeTemplateError:
        return None
    if got is None or got is UNSAID:
        # Zigbee2MQTT's older plain payloads meet a template written for JSON.
        got = known.get("value")
    return True if is_payload(got, point.here) else False if is_payload(got, point.gone) else None
