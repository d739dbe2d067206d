"""`oikos scene`: lists a project's scenes, or sets one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.framework.output import columns
from app.cli.framework.verb import Outcome, Verb
from app.i18n import reason_json, translate

if TYPE_CHECKING:
    from twin.model.definition import Definition
    from twin.model.problem import Problem
    from twin.model.twin import Twin
    from twin.rules.scene import Scene


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, and the scene to set."""
    from app.cli.framework.parsing import seconds

    parser.add_argument("project")
    parser.add_argument("scene", nargs="?", help="id or title of the scene to set; without it they are listed")
    parser.add_argument("--dry-run", action="store_true", help="say what it would set, and set nothing")
    parser.add_argument("--wait", type=seconds, default=60.0, metavar="S", help="for the connection (60)")


def run(args: argparse.Namespace) -> Outcome:
    """Lists the scenes, or sets one and prints the outcome for each point."""
    from app.cli.framework.commanded_points import links_of, scene_points, wait_ready
    from app.cli.framework.project_access import reading, working

    with reading(args.project) as project:
        if args.scene is None:
            return _listed(project.twin)
        definition = _named(project.twin, args.scene)
        scene = _read(definition)
        if args.dry_run:
            return _planned(scene, project.twin)
        links = links_of(scene_points(scene, project.twin), project.twin)
    with working(args.project, links=links) as engine:
        wait_ready(engine, scene_points(scene, engine.twin), args.wait)
        outcome = engine.set_scene(definition.id).result()
        twin = engine.twin
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


def _size(definition: Definition) -> int | None:
    """Number of a scene's targets; None where this version cannot read it."""
    from twin.model.problem import ProblemError

    try:
        return len(_read(definition).targets)
    except ProblemError:
        return None


def _listed(twin: Twin) -> Outcome:
    rows = [(one.title or one.id, one.enabled, _size(one), one.id) for one in twin.definitions.scenes]
    document = [{"id": id, "title": title, "on": on, "points": n} for title, on, n, id in rows]
    lines = columns(rows, ("name", "on", "points", "id")) or [translate("cli.scene.none")]
    return Outcome({"scenes": document}, tuple(lines))


def _planned(scene: Scene, twin: Twin) -> Outcome:
    rows = [
        (_point_name(one.selector.point, twin) if one.selector.point else one.selector.key, one.verb, one.value)
        for one in scene.targets
    ]
    document = [{"point": point, "verb": verb, "value": value} for point, verb, value in rows]
    return Outcome({"scene": scene.id, "would_set": document}, tuple(columns(rows, ("point", "verb", "value"))))


VERB = Verb(sentence="scenes of a project, and setting one", arguments=arguments, run=run)
