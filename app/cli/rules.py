"""`oikos rules`: lists a project's automations and schedules, their log and why they do not run; turns them on and
off,
and reads them from a file.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.cli.framework.output import columns, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import reason_json, sentence, translate

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from app.engine.reading import ProjectReader
    from twin.model.definition import DefinitionEdit, DefinitionKind
    from twin.model.problem import Problem
    from twin.model.rule_status import RuleClash, RulePreview, RuleStatus, RunLogEntry
    from twin.model.twin import Twin

LOG_ROWS = 100
EVERY_RULE = ""
_POLL_S = 0.05
_BEGUN = ("run.started", "run.queued")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, and at most one action."""
    from app.cli.framework.parsing import instant, seconds, whole_number

    parser.add_argument("project")
    what = parser.add_mutually_exclusive_group()
    for option, said in (
        ("--on", "turn these on"),
        ("--off", "turn these off"),
        ("--remove", "delete these; undo brings them back"),
    ):
        what.add_argument(option, nargs="+", metavar="ID", help=said)
    what.add_argument("--run", dest="start", metavar="ID", help="start an automation now; its conditions count")
    what.add_argument("--why", metavar="ID", help="what stands in the way of an automation now, or stood at --at")
    what.add_argument("--preview", metavar="ID", help="what it would have done on recorded days, and its conflicts")
    what.add_argument("--log", nargs="?", const=EVERY_RULE, metavar="ID", help="what they did, newest first")
    what.add_argument("--conflicts", action="store_true", help="rules that get in each other's way")
    what.add_argument("--add", dest="file", metavar="FILE", help="definitions from a JSON file, one undo step")
    what.add_argument("--show", action="store_true", help="the definitions as --add takes them")
    parser.add_argument("--at", type=instant, metavar="T", help="with --why: a past time, ISO or -2h")
    parser.add_argument("--days", type=whole_number, default=7, metavar="N", help="with --preview: so many days (7)")
    help = "for the connection, and for the end of what --run started (60)"
    parser.add_argument("--wait", type=seconds, default=60.0, metavar="S", help=help)


def run(args: argparse.Namespace) -> Outcome:
    """Lists rules, or carries out the action."""
    from app.cli.framework.project_access import reading

    if args.on or args.off or args.remove or args.file:
        return _edited(args)
    if args.start:
        return _started(args.project, args.start, args.wait)
    if args.why:
        return _explained(args.project, args.why, args.at or 0)
    if args.preview:
        return _previewed(args.project, args.preview, args.days)
    with reading(args.project) as project:
        if args.log is not None:
            return _logged(project, args.log)
        if args.conflicts:
            return _conflicts(project.twin)
        return _shown_definitions(project.twin) if args.show else _listed(project)


def _edited(args: argparse.Namespace) -> Outcome:
    from app.cli.framework.project_access import working

    with working(args.project, links=()) as engine:
        twin = engine.twin
        if args.file:
            edits = _from_file(args.file)
        elif args.remove:
            edits = [replace(_edit(twin, id), definition=None) for id in args.remove]
        else:
            edits = [_edit(twin, id, on=bool(args.on)) for id in args.on or args.off]
        engine.change_definitions(edits).result()
        return _shown(engine.rules().result())


def _edit(twin: Twin, id: str, *, on: bool = True) -> DefinitionEdit:
    """The edit that turns a definition of any kind on or off. ProblemError where there is none with this id."""
    from app.engine.problems import unknown
    from twin.model.definition import DefinitionEdit, DefinitionKind
    from twin.model.problem import ProblemError

    for kind in DefinitionKind:
        if (found := twin.definitions.find(kind, id)) is not None:
            return DefinitionEdit(kind, id, replace(found, enabled=on))
    raise ProblemError(unknown("rule", id))


def _kinds() -> dict[str, DefinitionKind]:
    from twin.model.definition import DefinitionKind as Kind

    return {
        "alarms": Kind.ALARM,
        "automations": Kind.AUTOMATION,
        "schedules": Kind.SCHEDULE,
        "scenes": Kind.SCENE,
        "calendars": Kind.CALENDAR,
    }


def _from_file(path: str) -> list[DefinitionEdit]:
    """Edits for the definitions in a file: an object with lists of alarms, automations, schedules, scenes,
    calendars."""
    from pathlib import Path
    from typing import Any

    import msgspec

    from twin.files.errors import os_problem
    from twin.files.opening import regular
    from twin.model.problem import Problem, ProblemError

    try:
        document = msgspec.json.decode(regular(Path(path)).read_bytes(), type=dict[str, list[dict[str, Any]]])
        found = [(_kinds()[name], values) for name, values in document.items()]
        return [_definition_edit(kind, one) for kind, values in found for one in values]
    except OSError as error:
        raise ProblemError(os_problem(error, Path(path), code="rules.file")) from error
    except (ValueError, KeyError, RecursionError) as error:
        raise ProblemError(
            Problem(code="rules.file", where=path, detail=f"{type(error).__name__}: {error}"[:200])
        ) from error


def _definition_edit(kind: DefinitionKind, entry: Mapping[str, object]) -> DefinitionEdit:
    """The edit for one definition in a file. KeyError without an id; ValueError where id, title or on have the wrong
    type."""
    import json

    from msgspec import convert

    from twin.model.definition import Definition, DefinitionEdit

    id = convert(entry["id"], str)
    title, on = convert(entry.get("title", ""), str), convert(entry.get("on", True), bool)
    return DefinitionEdit(kind, id, Definition(id, title, on, json.dumps(entry)))


def _explained(project: str, rule: str, at_ms: int) -> Outcome:
    from app.cli.framework.project_access import working

    with working(project, links=()) as engine:
        reasons = engine.why_not(rule, at_ms).result()
    lines = tuple(sentence(one) for one in reasons)
    return Outcome({"rule": rule, "why_not": [reason_json(one) for one in reasons]}, lines)


def _previewed(project: str, rule: str, days: int) -> Outcome:
    from app.cli.framework.project_access import working
    from app.engine.problems import unknown
    from twin.model.definition import DefinitionKind
    from twin.model.problem import ProblemError

    with working(project, links=()) as engine:
        for kind in (DefinitionKind.AUTOMATION, DefinitionKind.SCHEDULE):
            if (definition := engine.twin.definitions.find(kind, rule)) is not None:
                to_ms = engine.now_ms()
                found = engine.preview_rule(kind, definition, to_ms - days * 86_400_000, to_ms).result()
                return _preview_outcome(rule, found)
    raise ProblemError(unknown("rule", rule))


def _preview_outcome(rule: str, found: RulePreview) -> Outcome:
    document: dict[str, object] = {
        "rule": rule,
        "from": utc(found.from_ms),
        "to": utc(found.to_ms),
        "shortened": found.shortened,
        "readings": found.readings,
        "starts": [utc(at) for at in found.starts_ms],
        "happened": [utc(at) for at in found.happened_ms],
        "refused": found.refused,
        "commands": found.commanded,
        "steps": [_entry_json(one) for one in found.steps],
        "conflicts": [_clash_json(one) for one in found.clashes],
    }
    lines = [
        translate(
            "cli.rules.preview", starts=len(found.starts_ms), happened=len(found.happened_ms), commands=found.commanded
        )
    ]
    if found.shortened:
        lines.append(translate("cli.rules.shortened", time=utc(found.from_ms)))
    return Outcome(document, (*lines, *_log_lines(found.steps), *_clash_lines(found.clashes)))


def _clash_json(one: RuleClash) -> dict[str, object]:
    return {"kind": one.kind, "rules": list(one.rules), "key": one.key, "name": sentence(one.name)}


def _clash_lines(found: Sequence[RuleClash]) -> list[str]:
    rows = [
        (translate(f"rules.conflict.{one.kind}"), ", ".join(map(sentence, one.titles)), sentence(one.name) or None)
        for one in found
    ]
    return columns(rows, ("conflict", "rule", "point"))


def _started(project: str, rule: str, wait_s: float) -> Outcome:
    """Starts an automation once its points can be commanded, and prints its steps until it ends."""
    from app.cli.framework.commanded_points import automation_points, wait_ready
    from app.cli.framework.project_access import working
    from twin.rules.definition_body import read_rules

    with working(project) as engine:
        rules = read_rules(engine.twin.definitions)
        if (found := rules.automations.get(rule)) is not None:
            wait_ready(engine, automation_points(found, rules, engine.twin), wait_s)
        since_ms = engine.now_ms()
        engine.run_rule(rule).result()
        goes_on = _wait_end(engine, rule, since_ms, wait_s)
        steps = _own_steps(engine.run_log(since_ms, 1 << 60, LOG_ROWS, rule).result())
        document = {"rules": [rule_json(one) for one in engine.rules().result()]}
        problems = _run_problems(rule, steps, goes_on=goes_on)
    return Outcome({**document, "log": [_entry_json(one) for one in steps]}, _log_lines(steps), problems)


def _wait_end(engine: Engine, rule: str, since_ms: int, wait_s: float) -> bool:
    """Waits until the automation has no run under way; True on timeout. Does not wait for one that did not start."""
    import threading
    import time

    pause, end = threading.Event(), time.monotonic() + wait_s
    if not any(one.reason.code in _BEGUN for one in engine.run_log(since_ms, 1 << 60, LOG_ROWS, rule).result()):
        return False
    while any(one.id == rule and one.running for one in engine.rules().result()):
        if time.monotonic() > end:
            return True
        pause.wait(_POLL_S)
    return False


def _own_steps(newest_first: Sequence[RunLogEntry]) -> Sequence[RunLogEntry]:
    """Log entries that a start caused, oldest first: those of runs that began since, and those without a run."""
    begun = {one.run for one in newest_first if one.reason.code == "run.started"} | {0}
    return [one for one in reversed(newest_first) if one.run in begun]


def _run_problems(rule: str, steps: Sequence[RunLogEntry], *, goes_on: bool) -> tuple[Problem, ...]:
    from twin.model.problem import Problem
    from twin.rules.trace_history import SHORTFALLS

    wrong = next((one.reason for one in steps if one.reason.code in SHORTFALLS), None)
    if wrong is not None:
        return (Problem(code="rules.run_failed", args={"rule": rule, "why": wrong}, where=rule, retry=True),)
    if goes_on and _engine() is None:  # with us the engine ends that it runs in
        return (Problem(code="rules.run_unfinished", args={"rule": rule}, where=rule),)
    return ()


def _listed(project: ProjectReader) -> Outcome:
    if (engine := _engine()) is not None:
        return _shown(engine.rules().result())
    return _shown(stored_rules(project.twin))


def _engine() -> Engine | None:
    from app.cli.framework.running_engine import running

    here = running()
    return here.engine if here is not None else None


def stored_rules(twin: Twin) -> tuple[RuleStatus, ...]:
    """The project's automations, schedules and scenes without a state, where no engine can be asked."""
    from twin.model.definition import DefinitionKind as Kind
    from twin.model.rule_status import RuleStatus
    from twin.rules.alarm_list import rule_title

    return tuple(
        RuleStatus(kind=kind.value, id=one.id, title=rule_title(one.id, one.title, twin), enabled=one.enabled)
        for kind in (Kind.AUTOMATION, Kind.SCHEDULE, Kind.SCENE)
        for one in twin.definitions.of(kind)
    )


def _shown(found: Iterable[RuleStatus]) -> Outcome:
    found = tuple(found)
    rows = [
        (
            sentence(one.title),
            translate(f"rules.kind.{one.kind}"),
            one.enabled,
            one.running,
            one.value,
            utc(one.wakes_ms),
            utc(one.last_run_ms),
            utc(one.next_run_ms),
            one.id,
        )
        for one in found
    ]
    lines = columns(rows, ("name", "kind", "on", "running", "value", "goes_on", "last_run", "next_run", "id")) or [
        translate("cli.rules.none")
    ]
    return Outcome({"rules": [rule_json(one) for one in found]}, tuple(lines))


def rule_json(one: RuleStatus) -> dict[str, object]:
    """An automation, schedule or scene as JSON for `--json`."""
    return {
        "kind": one.kind, "id": one.id, "title": sentence(one.title), "on": one.enabled, "readable": one.readable,
        "running": one.running, "goes_on": utc(one.wakes_ms), "circles_since": utc(one.circles_since_ms), "value": one.value,
        "last_run": utc(one.last_run_ms), "next_run": utc(one.next_run_ms),
    }  # fmt: skip


def _logged(project: ProjectReader, rule: str) -> Outcome:
    entries = _log_of(project, rule)
    return Outcome({"log": [_entry_json(one) for one in entries]}, _log_lines(entries))


def _log_lines(entries: Sequence[RunLogEntry]) -> tuple[str, ...]:
    rows = [(utc(one.time_ms), one.rule, one.run or None, sentence(one.reason)) for one in entries]
    return tuple(columns(rows, ("time", "rule", "run", "reason")) or [translate("cli.alarms.nothing_yet")])


def _log_of(project: ProjectReader, rule: str) -> Sequence[RunLogEntry]:
    from app.engine.rule_log import run_entries

    if (engine := _engine()) is not None:
        return engine.run_log(0, 1 << 60, LOG_ROWS, rule).result()
    if project.history is None:
        return ()
    return run_entries(project.history.rules.run_log(0, 1 << 60, LOG_ROWS, rule), project.twin)


def _entry_json(one: RunLogEntry) -> dict[str, object]:
    return {"time": utc(one.time_ms), "rule": one.rule, "run": one.run, **reason_json(one.reason)}


def _conflicts(twin: Twin) -> Outcome:
    from app.engine.rule_preview import clashes
    from twin.rules.definition_body import read_rules

    rules = read_rules(twin.definitions)
    found = clashes(twin, rules.automations.values(), rules.schedules.values())
    lines = _clash_lines(found) or [translate("cli.rules.no_conflicts")]
    return Outcome({"conflicts": [_clash_json(one) for one in found]}, tuple(lines))


def _shown_definitions(twin: Twin) -> Outcome:
    import json

    document: dict[str, object] = {
        name: [
            json.loads(one.body) | {"id": one.id, "title": one.title, "on": one.enabled}
            for one in twin.definitions.of(kind)
        ]
        for name, kind in _kinds().items()
    }
    return Outcome({"definitions": document}, tuple(json.dumps(document, ensure_ascii=False, indent=2).splitlines()))


VERB = Verb(
    sentence="automations and schedules: how they stand, what they did, on and off", arguments=arguments, run=run
)
