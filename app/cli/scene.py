"""`oikos scene`: lists a project's scenes; captures, sets, shows, renames and removes one."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from app.cli.framework.output import columns, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import reason_json, sentence, translate

if TYPE_CHECKING:
    from app.engine.reading import ProjectReader
    from twin.model.definition import Definition, DefinitionEdit
    from twin.model.ids import RoomId
    from twin.model.problem import Problem
    from twin.model.rule_status import RuleStatus, SceneOutcome
    from twin.model.twin import Twin
    from twin.rules.scene import Scene

LIST, SHOW, CAPTURE, APPLY, PUT_BACK, RENAME, REMOVE = (
    "list", "show", "capture", "apply", "put-back", "rename", "remove",
)  # fmt: skip
ACTIONS = (LIST, SHOW, CAPTURE, APPLY, PUT_BACK, RENAME, REMOVE)
NAMED = (SHOW, APPLY, PUT_BACK, RENAME, REMOVE)
"""Actions on one scene that is there."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, the action, and the scene."""
    from app.cli.framework.parsing import seconds

    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    parser.add_argument(
        "action", nargs="?", metavar="ACTION", help=f"{', '.join(ACTIONS)}; any other word is a scene to apply"
    )
    parser.add_argument("scene", nargs="?", metavar="SCENE", help="id or title; with capture the new one's title")
    parser.add_argument("title", nargs="?", metavar="TITLE", help="with rename: the new title")
    parser.add_argument("--room", metavar="ROOM", help="with capture: this room only")
    parser.add_argument("--dry-run", action="store_true", help="say what it would set, and set nothing")
    parser.add_argument("--wait", type=seconds, default=60.0, metavar="S", help="for the connection (60)")


def run(args: argparse.Namespace) -> Outcome:
    """Lists the scenes, or carries out the action and prints the outcome for each point."""
    from app.cli.framework.project_access import reading

    action, name = _asked(args)
    if action == CAPTURE:
        return _captured(args, name)
    with reading(args.project) as project:
        if action == LIST:
            return _listed(project)
        definition = _named(project.twin, name)
        if action == SHOW or args.dry_run:
            return _planned(_read(definition), project.twin)
        if action in (RENAME, REMOVE):
            edit = _edit(definition, args.title if action == RENAME else None)
        else:
            return _set(args, definition, project.twin, back=action == PUT_BACK)
    return _changed(args.project, edit)


def _asked(args: argparse.Namespace) -> tuple[str, str]:
    """The action and the scene's name: a word that is no action is the name of a scene to apply."""
    action = args.action or LIST
    if action not in ACTIONS:
        return APPLY, action
    if (action in NAMED and not args.scene) or (action == RENAME and not args.title):
        args.refuse(translate("cli.usage.scene"))
    return action, args.scene or ""


def _set(args: argparse.Namespace, definition: Definition, twin: Twin, *, back: bool) -> Outcome:
    from app.cli.framework.commanded_points import links_of, scene_points, wait_ready
    from app.cli.framework.project_access import working

    scene = _read(definition)
    with working(args.project, links=links_of(scene_points(scene, twin), twin)) as engine:
        wait_ready(engine, scene_points(scene, engine.twin), args.wait)
        sent = engine.put_back_scene(definition.id) if back else engine.set_scene(definition.id)
        return _outcome(definition, sent.result(), engine.twin)


def _outcome(definition: Definition, outcome: SceneOutcome, twin: Twin) -> Outcome:
    document = {
        "scene": definition.id,
        "confirmed": list(outcome.confirmed),
        "failed": [{"point": point, **reason_json(why)} for point, why in outcome.failed],
    }
    lines = [translate("cli.scene.set", scene=definition.title or definition.id, n=len(outcome.confirmed))]
    lines += [translate("cli.scene.failed", point=_point_name(point, twin), why=why) for point, why in outcome.failed]
    return Outcome(document, tuple(lines), _problems(definition, len(outcome.failed)))


def _problems(definition: Definition, failed: int) -> tuple[Problem, ...]:
    from twin.model.problem import Problem as Told

    if not failed:
        return ()
    return (Told(code="scene.failed", args={"n": failed, "scene": definition.title or definition.id}, retry=True),)


def _captured(args: argparse.Namespace, title: str) -> Outcome:
    """Captures what the points report, once their links are there, and saves it as a new scene."""
    from app.cli.framework.commanded_points import links_of, wait_ready
    from app.cli.framework.project_access import reading, working
    from twin.model.definition import DefinitionEdit, DefinitionKind

    with reading(args.project) as project:
        room = _room(project.twin, args.room) if args.room else None
        devices = project.twin.devices if room is None else project.twin.devices_in.get(room, ())
        points = frozenset(point.id for device in devices for point in device.points if point.writable)
        links = links_of(points, project.twin)
    with working(args.project, links=links) as engine:
        wait_ready(engine, points, args.wait)
        found = engine.capture_scene(room, title).result()
        if not args.dry_run:
            engine.change_definitions([DefinitionEdit(DefinitionKind.SCENE, found.id, found)]).result()
        return _planned(_read(found), engine.twin)


def _room(twin: Twin, name: str) -> RoomId:
    from app.engine.problems import unknown
    from twin.model.problem import ProblemError

    if (found := twin.find_room(name)) is None:
        raise ProblemError(unknown("room", name))
    return found.id


def _edit(definition: Definition, title: str | None) -> DefinitionEdit:
    """The edit that renames a scene, or removes it (`title` None)."""
    from twin.model.definition import DefinitionEdit, DefinitionKind

    renamed = replace(definition, title=title) if title is not None else None
    return DefinitionEdit(DefinitionKind.SCENE, definition.id, renamed)


def _changed(project: str, edit: DefinitionEdit) -> Outcome:
    from app.cli.framework.project_access import working
    from twin.model.definition import DefinitionKind

    with working(project, links=()) as engine:
        engine.change_definitions([edit]).result()
        found = [one for one in engine.rules().result() if one.kind == DefinitionKind.SCENE]
        return _shown(found, engine.twin)


def _named(twin: Twin, name: str) -> Definition:
    from app.engine.problems import unknown
    from twin.model.problem import ProblemError

    scenes = twin.definitions.scenes
    titled = [one for one in scenes if one.title.casefold() == name.casefold()]
    found = next((one for one in scenes if one.id == name), titled[0] if len(titled) == 1 else None)
    if found is None:
        raise ProblemError(unknown("scene", name))
    return found


def _read(definition: Definition) -> Scene:
    from twin.model.definition import DefinitionKind
    from twin.rules.definition_body import read_body
    from twin.rules.scene import Scene

    scene = read_body(DefinitionKind.SCENE, definition)
    assert isinstance(scene, Scene)  # noqa: S101 - by its kind
    return scene


def _point_name(id: str, twin: Twin) -> str:
    from twin.model.ids import PointId

    point = twin.point_of.get(PointId(id))
    return f"{twin.device_of[point.device].name} / {point.title}" if point is not None else id


def _size(definition: Definition | None) -> int | None:
    """Number of a scene's targets; None where this version cannot read it."""
    from twin.model.problem import ProblemError

    try:
        return len(_read(definition).targets) if definition is not None else None
    except ProblemError:
        return None


def _listed(project: ProjectReader) -> Outcome:
    from app.cli.framework.running_engine import running
    from app.cli.rules import stored_rules
    from twin.model.definition import DefinitionKind

    here = running()
    found = here.engine.rules().result() if here is not None else stored_rules(project.twin)
    return _shown([one for one in found if one.kind == DefinitionKind.SCENE], project.twin)


def _shown(found: list[RuleStatus], twin: Twin) -> Outcome:
    from twin.model.definition import DefinitionKind

    sizes = {one.id: _size(twin.definitions.find(DefinitionKind.SCENE, one.id)) for one in found}
    document = [
        {
            "id": one.id, "title": sentence(one.title), "on": one.enabled, "points": sizes[one.id],
            "active": one.is_active, "nearly_active": one.is_nearly_active, "differs": list(one.differs),
            "can_put_back": one.can_put_back, "last_set": utc(one.last_run_ms),
        }
        for one in found
    ]  # fmt: skip
    rows = [
        (sentence(one.title), one.enabled, sizes[one.id], _state(one), utc(one.last_run_ms), one.id) for one in found
    ]
    lines = columns(rows, ("name", "on", "points", "state", "last_run", "id")) or [translate("cli.scene.none")]
    return Outcome({"scenes": document}, tuple(lines))


def _state(one: RuleStatus) -> str | None:
    if one.is_active:
        return translate("scene.active")
    return translate("scene.nearly", n=len(one.differs)) if one.is_nearly_active else None


def _planned(scene: Scene, twin: Twin) -> Outcome:
    rows = [
        (_point_name(one.selector.point, twin) if one.selector.point else one.selector.key, one.verb, one.value)
        for one in scene.targets
    ]
    document = [{"point": point, "verb": verb, "value": value} for point, verb, value in rows]
    return Outcome(
        {"scene": scene.id, "title": scene.title, "would_set": document},
        tuple(columns(rows, ("point", "verb", "value"))),
    )


VERB = Verb(sentence="scenes of a project: list, capture, set, put back", arguments=arguments, run=run)
