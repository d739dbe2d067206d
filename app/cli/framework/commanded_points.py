"""Points that a verb commands through scenes and automations, their links, and waiting until they are ready."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from twin.model.ids import LinkId, PointId
    from twin.model.twin import Twin
    from twin.rules.automation import Action, Automation
    from twin.rules.definition_body import RuleSet
    from twin.rules.scene import Scene


def scene_points(scene: Scene, twin: Twin) -> list[PointId]:
    """Existing points that a scene sets; each once."""
    return points_of((one.selector.key for one in scene.targets), twin)


def automation_points(rule: Automation, rules: RuleSet, twin: Twin) -> list[PointId]:
    """Existing points that an automation commands, or reads while it runs; each once."""
    from twin.rules.condition import keys_of

    read = (key for condition in rule.conditions for key in keys_of(condition))
    return points_of((*read, *_action_keys(rule.actions, rules)), twin)


def _action_keys(actions: Iterable[Action], rules: RuleSet) -> Iterator[str]:
    from twin.rules.automation import Activate, Do, If, WaitFor
    from twin.rules.condition import keys_of

    for one in actions:
        match one:
            case Do(selector=selector):
                yield selector.key
            case Activate(scene=id) if id in rules.scenes:
                yield from (target.selector.key for target in rules.scenes[id].targets)
            case WaitFor(condition=condition):
                yield from keys_of(condition)
            case If(condition=condition, then=then, otherwise=otherwise):
                yield from keys_of(condition)
                yield from _action_keys((*then, *otherwise), rules)
            case _:
                pass


def points_of(keys: Iterable[str], twin: Twin) -> list[PointId]:
    """Existing points for these keys of the rules' view (points or rooms); each once."""
    from twin.model.ids import PointId
    from twin.rules.rule_view import room_members

    members = room_members(twin)
    found = (point for key in keys for point in members.get(key, (PointId(key),)))
    return list(dict.fromkeys(point for point in found if point in twin.point_of))


def links_of(points: Iterable[PointId], twin: Twin) -> list[LinkId]:
    """Links of these points; each once."""
    return list(dict.fromkeys(twin.device_of[twin.point_of[point].device].link for point in points))


def wait_ready(engine: Engine, points: Iterable[PointId], wait_s: float) -> None:
    """Waits until these points can be commanded, at most `wait_s` seconds for each link."""
    absent = set[str]()
    twin = engine.twin
    for point in points:
        (link,) = links_of((point,), twin)
        if link not in absent and engine.ready(point, wait_s).result() is not None:
            absent.add(link)
