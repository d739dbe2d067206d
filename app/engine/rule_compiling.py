"""Compiles a project's definitions for evaluation: alarms, rules, rooms, time zone and sun times."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from msgspec.structs import replace

from app.calendars import renewed_all
from app.engine.problems import lost_points
from app.site_time import zone_of
from twin.model.definition import NO_DEFINITIONS, Definition, DefinitionKind
from twin.model.device import Device
from twin.model.ids import PointId
from twin.model.problem import Problem
from twin.model.space import Site
from twin.model.text import Text
from twin.model.twin import Twin
from twin.rules.alarm_book import AlarmBook, with_parents
from twin.rules.alarm_definition import AlarmClass, AlarmDefinition, Deviation, SetByRule, Silent
from twin.rules.alarm_list import alarm_title, rule_title, watches_what_is_there
from twin.rules.automation import Action, Do, If
from twin.rules.definition_body import RuleSet, read_rules
from twin.rules.evaluate import CIRCLES_ALARM
from twin.rules.lost_points import with_lost_points
from twin.rules.replay import keys_read
from twin.rules.rule_book import RuleBook
from twin.rules.rule_view import RuleView, online_key, room_key, room_members
from twin.rules.schedule import Schedule
from twin.rules.selector import Selector

SUN_BACK_DAYS, SUN_AHEAD_DAYS = 2, 10


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """A project's rules, compiled for evaluation; rebuilt after every edit."""

    rules: RuleSet
    alarms: AlarmBook
    book: RuleBook
    view: RuleView
    keys: frozenset[str]
    """Keys of the values that alarms and rules read."""
    silent: tuple[Device, ...]
    """Devices that have an alarm for silence."""
    commanded: frozenset[str]
    """The points that automations and schedules command."""
    problems: tuple[Problem, ...]


def compiled(twin: Twin, today: date) -> CompiledRules:
    """Compiles a twin's definitions, with a view without values. Unreadable ones are left out and named in
    `problems`."""
    if twin.definitions == NO_DEFINITIONS:
        none = frozenset[str]()
        return CompiledRules(
            RuleSet(), AlarmBook(()), RuleBook(), RuleView(zone=zone_of(twin.site)), none, (), none, ()
        )
    rules = read_rules(twin.definitions)
    rules = replace(rules, calendars=renewed_all(rules.calendars, today))
    members = room_members(twin)
    versions = {one.id: _version(one) for one in (*twin.definitions.alarms, *twin.definitions.automations)}
    alarms = AlarmBook(with_parents(_alarms(rules, versions, twin), twin))
    automations = [replace(one, version=versions[one.id]) for one in rules.automations.values()]
    view = RuleView(zone=zone_of(twin.site), sun=sun_table(twin.site, today), calendars=rules.calendars, rooms=members)
    commanded = frozenset(_commanded(rules, view))
    scenes = {id: tuple(target.selector for target in one.targets) for id, one in rules.scenes.items()}
    vacancy = _vacancy(commanded, twin, view)
    book = RuleBook(automations, rules.schedules.values(), vacancy=vacancy, scene_selectors=scenes)
    keys = keys_read(book, view) | commanded
    for one in alarms.definitions.values():
        keys |= {one.key, *((one.condition.other,) if isinstance(one.condition, Deviation) else ())}
    keys |= {point for key in keys for point in members.get(key, ())}
    watched = {one.key for one in alarms.definitions.values() if isinstance(one.condition, Silent)}
    silent = tuple(device for device in twin.devices if online_key(device.id) in watched)
    lost = [_title(kind, one, rules, twin) for kind, one in with_lost_points(twin)]
    problems = (*rules.problems, *((lost_points(lost),) if lost else ()))
    return CompiledRules(rules, alarms, book, view, keys, silent, commanded, problems)


def _title(kind: DefinitionKind, definition: Definition, rules: RuleSet, twin: Twin) -> Text:
    if kind is DefinitionKind.ENERGY_SETUP:
        return Text("rules.lost_energy")
    if kind is DefinitionKind.ALARM and (alarm := rules.alarms.get(definition.id)) is not None:
        return alarm_title(alarm, twin)
    return rule_title(definition.id, definition.title, twin)


def _version(definition: Definition) -> int:
    """CRC-32 of a definition's body: it changes with an edit, and the delays of an edited alarm restart."""
    return zlib.crc32(definition.body.encode())


def _alarms(rules: RuleSet, versions: dict[str, int], twin: Twin) -> Iterator[AlarmDefinition]:
    for one in rules.alarms.values():
        if watches_what_is_there(one, twin):
            yield replace(one, version=versions[one.id])
    for id in rules.automations:
        circles = f"{CIRCLES_ALARM}:{id}"
        yield AlarmDefinition(id=circles, key=f"told:{circles}", condition=SetByRule(), category=AlarmClass.SERVICE)


def _commanded(rules: RuleSet, view: RuleView) -> Iterator[str]:
    targets = [target.selector for one in rules.schedules.values() for target in one.targets]
    set_by_time = {id for one in rules.schedules.values() for id in one.scenes} & rules.scenes.keys()
    targets += [target.selector for id in set_by_time for target in rules.scenes[id].targets]
    for rule in rules.automations.values():
        targets += _targets(rule.actions)
    for selector in targets:
        yield from (selector.point,) if selector.point else view.members.get(selector.key, ())


def _targets(actions: Iterable[Action]) -> Iterator[Selector]:
    for one in actions:
        if isinstance(one, Do):
            yield one.selector
        elif isinstance(one, If):
            yield from _targets((*one.then, *one.otherwise))


def _vacancy(commanded: Iterable[str], twin: Twin, view: RuleView) -> dict[str, str]:
    """By point, the key of an occupancy sensor in its room, where the room has one."""
    found: dict[str, str] = {}
    for id in commanded:
        point = twin.point_of.get(PointId(id))
        device = twin.device_of.get(point.device) if point is not None else None
        if device is not None and device.room is not None:
            keys = (room_key(device.room, capability) for capability in ("occupancy", "motion"))
            if (key := next((one for one in keys if one in view.members), None)) is not None:
                found[id] = key
    return found


def sun_table(site: Site, first: date, last: date | None = None) -> dict[str, tuple[int, ...]]:
    """Times (UTC ms) of dawn, sunrise, sunset and dusk around a day, or around the days from `first` to `last`; empty
    where the site has no coordinates."""
    if site.latitude is None or site.longitude is None:
        return {}
    from astral import Observer
    from astral.sun import dawn, dusk, sunrise, sunset

    observer = Observer(site.latitude, site.longitude)
    found: dict[str, list[int]] = {}
    for event, at in (("dawn", dawn), ("sunrise", sunrise), ("sunset", sunset), ("dusk", dusk)):
        for ahead in range(-SUN_BACK_DAYS, ((last or first) - first).days + SUN_AHEAD_DAYS + 1):
            try:
                moment = at(observer, first + timedelta(days=ahead), tzinfo=UTC)
            except ValueError:  # the sun does not rise, or set, on that day
                continue
            found.setdefault(event, []).append(round(moment.timestamp() * 1000))
    return {event: tuple(sorted(times)) for event, times in found.items()}


def edited_schedules(before: Mapping[str, Schedule], now: Mapping[str, Schedule]) -> list[str]:
    """Ids of the schedules whose targets or scenes differ: their value in force is sent again. A changed value is a step."""
    return [
        id
        for id, one in now.items()
        if (old := before.get(id)) is not None and (one.targets, one.scenes) != (old.targets, old.scenes)
    ]
