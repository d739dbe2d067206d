"""Scenes: target values of several points, captured from reports, set in stages, compared and restored.

The engine keeps a `SceneRun`: it sends the commands that `begin_scene` and `advance_scene` return and passes the
outcomes back. Each stage waits for its answers, so that a lamp is on before it gets its colour.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import IntEnum, StrEnum

from msgspec import Struct
from msgspec.structs import replace

from twin.model.capability import ValueType
from twin.model.command import confirms, expected, undoing
from twin.model.device import Point
from twin.model.ids import PointId
from twin.model.observation import StringTable, decode
from twin.model.text import Text
from twin.rules.automation import CommandValue
from twin.rules.rule_memory import CommandAnswer
from twin.rules.selector import Selector, of_point


class SceneLeave(StrEnum):
    """What happens to a scene's points when the scene is left."""

    STAY = "stay"
    PUT_BACK = "put_back"


class SceneTarget(Struct, frozen=True, kw_only=True):
    """Target of a point, or of every point of a room with a capability: a verb with its canonical value."""

    selector: Selector
    verb: str
    value: CommandValue = None


class Scene(Struct, frozen=True, kw_only=True):
    """One scene of a project."""

    id: str
    title: str = ""
    room: str = ""
    targets: tuple[SceneTarget, ...] = ()
    transition_ms: int = 0
    leave: SceneLeave = SceneLeave.STAY


class SceneStage(IntEnum):
    """Order in which points are set; a lamp to be switched off gets its colour and level first."""

    MODE = 0
    SET_POINT = 1
    ON = 2
    COLOUR = 3
    LEVEL = 4
    OFF = 5


class SceneCommand(Struct, frozen=True, kw_only=True):
    """A command of a scene; its answer must have the same `id`."""

    id: str
    point: PointId
    verb: str
    value: CommandValue = None


class SceneRun(Struct, frozen=True, kw_only=True):
    """A scene being activated; survives a restart as JSON. Complete when `waiting` and `stages` are empty."""

    id: str
    scene: str
    stages: tuple[tuple[SceneCommand, ...], ...] = ()
    waiting: tuple[SceneCommand, ...] = ()
    confirmed: tuple[PointId, ...] = ()
    failed: dict[PointId, Text] = {}
    """Points that failed, each with its reason; the other points are set nevertheless."""
    superseded: tuple[PointId, ...] = ()
    """Points that a newer run decides on, so that this one sent them nothing more."""
    whole: bool = True
    """Whether it sets the scene; False: only some of its points, or it puts them back."""

    @property
    def over(self) -> bool:
        """Whether nothing is left to send or wait for."""
        return not self.waiting and not self.stages


class SceneMatch(Struct, frozen=True, kw_only=True):
    """Comparison of the present values with a scene: number of matching points, and the points that differ or are
    unknown.
    """

    matches: int
    differs: tuple[PointId, ...]

    @property
    def active(self) -> bool:
        """Whether all points of the scene match."""
        return self.matches > 0 and not self.differs

    @property
    def nearly(self) -> bool:
        """Whether some points differ, but fewer than match."""
        return 0 < len(self.differs) < self.matches


_STAGES = {
    **dict.fromkeys(("hvac_mode", "fan_mode", "media_state", "source", "effect"), SceneStage.MODE),
    **dict.fromkeys(("setpoint_heat", "setpoint_cool", "setpoint_humidity"), SceneStage.SET_POINT),
    **dict.fromkeys(("color", "color_temperature"), SceneStage.COLOUR),
    **dict.fromkeys(("level", "position", "tilt", "valve", "fan_speed", "volume"), SceneStage.LEVEL),
}
_LIGHT = frozenset(("color", "color_temperature", "level", "effect"))
"""Capabilities of a lamp whose reports are meaningless while it is off."""
_NEVER = frozenset(("scene", "identify", "lock"))
"""Capabilities that scenes never command: other scenes, identification and locks."""


class Places:
    """The points that a scene can command, with their present values. `values`: the newest number of each known point."""

    def __init__(self, points: Iterable[Point], values: Mapping[PointId, float], strings: StringTable) -> None:
        self.points = {point.id: point for point in points if point.writable and point.capability.id not in _NEVER}
        self.values, self.strings = values, strings
        self._switch = {point.device: point for point in self.points.values() if point.capability.id == "on_off"}

    def of(self, selector: Selector, members: Mapping[str, tuple[PointId, ...]]) -> list[Point]:
        """The points that a selector means and a scene can command."""
        ids = (PointId(selector.point),) if selector.point else members.get(selector.key, ())
        return [self.points[id] for id in ids if id in self.points]

    def value(self, point: Point) -> CommandValue:
        """Present value of a point in the form of a command's value; None where unknown."""
        number = self.values.get(point.id)
        return None if number is None else decode(point, number, self.strings)

    def switched_off(self, point: Point) -> bool:
        """Whether the point belongs to a lamp that is reported off."""
        switch = self._switch.get(point.device)
        return switch is not None and point.capability.id in _LIGHT and self.value(switch) is False


def capture(places: Places, last_on: Mapping[PointId, float] | None = None) -> tuple[SceneTarget, ...]:
    """Scene targets for the present values.

    For a lamp that is off, colour and level come from `last_on`: its last recorded values while it was on.
    """
    found: list[SceneTarget] = []
    for point in places.points.values():
        value = places.value(point)
        if places.switched_off(point):
            number = (last_on or {}).get(point.id)
            value = None if number is None else decode(point, number, places.strings)
        if point.capability.type is ValueType.TEXT:
            continue
        back = undoing(point, "", value)
        if back is not None:
            found.append(SceneTarget(selector=of_point(point.id), verb=back[0], value=back[1]))
    return tuple(found)


def scene_at(scene: Scene, points: Collection[str], members: Mapping[str, tuple[PointId, ...]]) -> Scene:
    """The scene with its targets at these points only; all of it where `points` is empty."""
    if not points:
        return scene
    targets = tuple(
        replace(target, selector=of_point(point))
        for target in scene.targets
        for point in ((target.selector.point,) if target.selector.point else members.get(target.selector.key, ()))
        if point in points
    )
    return replace(scene, targets=targets)


def _stage(point: Point, target: SceneTarget) -> SceneStage:
    if point.capability.id == "on_off":
        return SceneStage.OFF if _wanted(point, target) is False else SceneStage.ON
    return _STAGES.get(point.capability.id, SceneStage.LEVEL)


def _wanted(point: Point, target: SceneTarget) -> CommandValue:
    return expected(point, target.verb, target.value, None)


def begin_scene(
    id: str, scene: Scene, places: Places, members: Mapping[str, tuple[PointId, ...]]
) -> tuple[SceneRun, tuple[SceneCommand, ...]]:
    """Starts a scene: its run and the commands of the first stage.

    A lamp that is off and shall stay off gets no other command. Points that do not exist any more are listed as failed.
    """
    wanted = [(point, target) for target in scene.targets for point in places.of(target.selector, members)]
    dark = {point.device for point, target in wanted if _stage(point, target) is SceneStage.OFF}
    by_stage: dict[SceneStage, list[SceneCommand]] = {}
    for point, target in wanted:
        if point.device in dark and places.switched_off(point):
            continue
        command = SceneCommand(id=f"{id}:{point.id}", point=point.id, verb=target.verb, value=target.value)
        by_stage.setdefault(_stage(point, target), []).append(command)
    run = SceneRun(id=id, scene=scene.id, stages=tuple(tuple(by_stage[stage]) for stage in sorted(by_stage)))
    missing = {
        PointId(target.selector.point): Text("scene.point_gone")
        for target in scene.targets
        if target.selector.point and PointId(target.selector.point) not in places.points
    }
    return _next_stage(replace(run, failed=missing))


def advance_scene(run: SceneRun, answers: Iterable[CommandAnswer]) -> tuple[SceneRun, tuple[SceneCommand, ...]]:
    """Applies answers; returns the commands of the next stage once all of the present one are answered."""
    for answer in answers:
        command = next((one for one in run.waiting if one.id == answer.id), None)
        if command is None:
            continue
        run = replace(run, waiting=tuple(one for one in run.waiting if one is not command))
        if answer.ok:
            run = replace(run, confirmed=(*run.confirmed, command.point))
        else:
            run = replace(run, failed=run.failed | {command.point: answer.reason or Text("scene.no_answer")})
    return (run, ()) if run.waiting else _next_stage(run)


def decided_points(scene: Scene, places: Places, members: Mapping[str, tuple[PointId, ...]]) -> frozenset[PointId]:
    """Points that a scene decides on: those that it sets, and colour and level of the lamps that it switches off."""
    wanted = [(point, target) for target in scene.targets for point in places.of(target.selector, members)]
    dark = {point.device for point, target in wanted if _stage(point, target) is SceneStage.OFF}
    hidden = (point.id for point in places.points.values() if point.device in dark and point.capability.id in _LIGHT)
    return frozenset((*(point.id for point, _ in wanted), *hidden))


def superseded(run: SceneRun, points: Collection[PointId], *, sent: bool) -> SceneRun:
    """The run without its pending commands for these points, on which a newer run decides; with `sent` False its
    present stage is pending as well."""
    pending = run.stages if sent else (run.waiting, *run.stages)
    kept = tuple(tuple(one for one in stage if one.point not in points) for stage in pending)
    gone = tuple(one.point for stage in pending for one in stage if one.point in points)
    run = replace(run, stages=tuple(stage for stage in kept if stage), superseded=(*run.superseded, *gone))
    return run if sent else _next_stage(replace(run, waiting=()))[0]


def _next_stage(run: SceneRun) -> tuple[SceneRun, tuple[SceneCommand, ...]]:
    if not run.stages:
        return run, ()
    return replace(run, waiting=run.stages[0], stages=run.stages[1:]), run.stages[0]


def before_scene(
    scene: Scene,
    places: Places,
    members: Mapping[str, tuple[PointId, ...]],
    last_on: Mapping[PointId, float] | None = None,
) -> tuple[SceneTarget, ...]:
    """Targets that put the points of a scene back to their present values; those without a known value are left out."""
    wanted = {point.id for target in scene.targets for point in places.of(target.selector, members)}
    return tuple(one for one in capture(places, last_on) if one.selector.point in wanted)


def scene_values(
    scene: Scene, places: Places, members: Mapping[str, tuple[PointId, ...]]
) -> dict[PointId, CommandValue]:
    """What the points of a scene will report once it is set, by point: a preview, nothing is sent."""
    found: dict[PointId, CommandValue] = {}
    for target in scene.targets:
        for point in places.of(target.selector, members):
            value = expected(point, target.verb, target.value, places.value(point))
            if value is not None:
                found[point.id] = value
    return found


def resumed_scene(run: SceneRun) -> tuple[SceneCommand, ...]:
    """The unanswered commands, to be sent again after a restart; they set absolute values, so repeating is harmless."""
    return run.waiting


def match(scene: Scene, places: Places, members: Mapping[str, tuple[PointId, ...]]) -> SceneMatch:
    """Compares the reported values with the scene, within each device's resolution.

    For a lamp that shall be off, only its switch counts; points that do not exist any more differ.
    """
    wanted = [(point, target) for target in scene.targets for point in places.of(target.selector, members)]
    dark = {point.device for point, target in wanted if _stage(point, target) is SceneStage.OFF}
    relevant = [(p, t) for p, t in wanted if not (p.device in dark and p.capability.id in _LIGHT)]
    differs = tuple(p.id for p, t in relevant if not _is_so(places, p, t))
    gone = tuple(
        PointId(target.selector.point)
        for target in scene.targets
        if target.selector.point and PointId(target.selector.point) not in places.points
    )
    return SceneMatch(matches=len(relevant) - len(differs), differs=(*differs, *gone))


def _is_so(places: Places, point: Point, target: SceneTarget) -> bool:
    number = places.values.get(point.id)
    wanted = _wanted(point, target)
    return (
        number is not None
        and number == number
        and wanted is not None
        and confirms(point, wanted, number, places.strings)
    )
