"""Targets that return the points of a scene to their values before it was set."""

from __future__ import annotations

from collections.abc import Mapping

from twin.model.ids import PointId
from twin.model.twin import Twin
from twin.rules.scene import Places, Scene, SceneRun, SceneTarget, before_scene, match


def before_setting(
    known: tuple[SceneTarget, ...], scene: Scene, places: Places, members: Mapping[str, tuple[PointId, ...]]
) -> tuple[SceneTarget, ...]:
    """Targets that put a scene's points back once it is set now; `known` are those of an earlier setting.

    A point that matches the scene, or whose value is not known, keeps its target of `known`; any other point gets its
    present value.
    """
    wanted = {point.id for target in scene.targets for point in places.of(target.selector, members)}
    differs = match(scene, places, members).differs
    found = {one.selector.point: one for one in before_scene(scene, places, members)}
    found |= {
        point: one
        for one in known
        if (point := one.selector.point) in wanted and not (point in found and point in differs)
    }
    return tuple(found.values())


def not_put_back(targets: tuple[SceneTarget, ...], run: SceneRun, twin: Twin) -> tuple[SceneTarget, ...]:
    """The targets whose points a finished put-back failed to return, as far as the twin still has them."""
    failed = run.failed.keys() & twin.point_of.keys()
    return tuple(one for one in targets if one.selector.point in failed)
