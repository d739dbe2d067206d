"""Whether an MQTT device, or one entity of it, is there: what availability topics say, by the rules of MQTT discovery."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Any, cast

from devices.mqtt.discovery import Config, good_topic
from devices.mqtt.entity import Variables, same
from devices.mqtt.template import UNSAID, UnsafeTemplateError, compiled


@dataclass(frozen=True, slots=True)
class Spot:
    """One topic that says whether somebody is there."""

    topic: str
    template: str = ""
    here: str = "online"
    gone: str = "offline"


@dataclass(frozen=True, slots=True)
class Rule:
    """Topics and how they combine: all, any, or latest."""

    spots: tuple[Spot, ...]
    mode: str = "latest"


def rule_of(config: Config) -> Rule | None:
    """The availability rule of an entity; None where it has none and counts as always there."""
    single, spots = config.path("availability_topic"), list[Spot]()
    if single:
        here, gone = config.payload("payload_available", "online"), config.payload("payload_not_available", "offline")
        spots.append(Spot(single, config.template("availability_template"), here, gone))
    for one in cast("list[dict[str, Any]]", config.values.get("availability") or []):
        topic, template = one.get("topic"), one.get("value_template")
        if isinstance(topic, str) and good_topic(topic):
            here, gone = (str(one.get(f"payload_{word}", default))[:128] for word, default in _WORDS)
            spots.append(Spot(topic, template if isinstance(template, str) else "", here, gone))
    mode = config.text("availability_mode", "latest")
    return Rule(tuple(spots), mode if mode in ("all", "any") else "latest") if spots else None


_WORDS = (("available", "online"), ("not_available", "offline"))


type Who = tuple[str, str]
"""A device's uid and the key of one of its points, empty for the whole device."""


class Roll:
    """What every spot said last, and who is there by it."""

    def __init__(self) -> None:
        self._said: dict[Spot, bool] = {}
        self._rules: dict[Who, Rule] = {}
        self._by_topic: dict[str, dict[Spot, None]] = {}
        self._waiting: dict[Spot, set[Who]] = {}
        self._latest: dict[Rule, Spot] = {}

    def set(self, rules: dict[Who, Rule]) -> None:
        """The rule of everybody who has one. What spots said is kept."""
        self._rules = rules
        self._by_topic, self._waiting = {}, {}
        for who, rule in rules.items():
            for spot in rule.spots:
                self._by_topic.setdefault(spot.topic, {})[spot] = None
                self._waiting.setdefault(spot, set()).add(who)
        self._said = {spot: said for spot, said in self._said.items() if spot in self._waiting}

    @property
    def topics(self) -> Iterable[str]:
        """Every topic to subscribe."""
        return self._by_topic.keys()

    @property
    def everybody(self) -> Set[Who]:
        """Who has a rule."""
        return self._rules.keys()

    def hear(self, topic: str, known: Variables) -> tuple[tuple[Who, bool], ...]:
        """Whom the message makes come or go, whether or not that is news."""
        touched: set[Who] = set()
        for spot in self._by_topic.get(topic, ()):
            said = _said(spot, known)
            if said is None:
                continue
            self._said[spot] = said
            for who in self._waiting[spot]:
                touched.add(who)
                self._latest[self._rules[who]] = spot
        states = ((who, self.online(who)) for who in sorted(touched))
        return tuple((who, online) for who, online in states if online is not None)

    def online(self, who: Who) -> bool | None:
        """Whether the rule holds; None while nothing was said yet, and for who has no rule."""
        rule = self._rules.get(who)
        return None if rule is None else self._holds(rule)

    def _holds(self, rule: Rule) -> bool | None:
        said = [self._said.get(spot) for spot in rule.spots]
        if rule.mode == "all":
            return False if False in said else None if None in said else True
        if rule.mode == "any":
            return True if True in said else None if None in said else False
        latest = self._latest.get(rule)
        return None if latest is None else self._said.get(latest)


def _said(spot: Spot, known: Variables) -> bool | None:
    try:
        got = compiled(spot.template)(known) if spot.template else known.get("value")
    except UnsafeTemplateError:
        return None
    if got is None or got is UNSAID:
        # Zigbee2MQTT's older plain payloads meet a template written for JSON.
        got = known.get("value")
    return True if same(got, spot.here) else False if same(got, spot.gone) else None
