"""`oikos alarms`: lists a project's alarms, their log, metrics and proposals; acknowledges, shelves and accepts."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from app.cli.framework.output import columns, utc
from app.cli.framework.running_engine import running
from app.cli.framework.verb import Outcome, Verb
from app.i18n import reason_json, sentence, translate
from twin.model.text import Text

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from app.engine.reading import ProjectReader
    from twin.model.alarm import AlarmLogEntry, AlarmStatus
    from twin.model.device import Device
    from twin.model.twin import Twin
    from twin.rules.alarm_act import AlarmAct
    from twin.rules.alarm_proposals import AlarmProposal

LOG_ROWS = 100
READY_S = 30.0
"""Seconds for the connections to devices that are to be told."""
SPANS = ("day", "week", "month", "year")
EVERY = "all"
"""Used in place of ids: all listed alarms."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, and at most one action."""
    from app.cli.framework.parsing import duration, instant

    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    parser.add_argument("--all", action="store_true", help="those at rest, too")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--log", action="store_true", help="what happened to alarms, newest first")
    what.add_argument(
        "--metrics", nargs="?", const="week", choices=SPANS, help="figures of ISA-18.2 of a period (week)"
    )
    for option, said in (
        ("--ack", "somebody saw these (or all)"),
        ("--reset", "let latched ones go"),
        ("--shelve", "hide these for a time: --for, --because"),
        ("--unshelve", "show shelved ones again"),
        ("--out-of-service", "hide these until --in-service: --because"),
        ("--in-service", "watch these again"),
    ):
        what.add_argument(option, nargs="+", metavar="ID", help=said)
    what.add_argument("--offer", action="store_true", help="alarms that fit what the building has")
    what.add_argument("--accept", nargs="+", metavar="GROUP", help="turn offered groups on (or all)")
    parser.add_argument("--for", dest="for_s", type=duration, metavar="2h", help="how long to shelve")
    parser.add_argument("--because", default="", metavar="TEXT", help="the reason")
    parser.add_argument(
        "--at", dest="at_ms", type=instant, default="now", metavar="T", help="a time in the period (now)"
    )
    parser.add_argument("--csv", metavar="FILE", help="with --metrics: write the table as CSV")
    parser.add_argument("--force", action="store_true", help="replace a file of another kind (never a project)")
    parser.add_argument("--once", action="store_true", help="shelve until it returned, at most so long")


def run(args: argparse.Namespace) -> Outcome:
    """Lists alarms, log or proposals, or carries out the action and lists the alarms concerned."""
    from app.cli.framework.project_access import reading

    ids, act = _act(args)
    if act is not None:
        return _acted(args, ids, act)
    if args.accept:
        return _accepted(args)
    if args.metrics:
        from app.cli.framework.alarm_output import metrics_outcome

        return metrics_outcome(args, stored_alarms)
    with reading(args.project) as project:
        if args.offer:
            return _offered(project.twin)
        return _logged(project) if args.log else _listed(project, every=args.all)


def _act(args: argparse.Namespace) -> tuple[Sequence[str], AlarmAct | None]:
    from twin.rules import alarm_act as acts

    if args.shelve and args.for_s is None:
        args.refuse(translate("cli.usage.shelve"))
    made: tuple[tuple[Sequence[str] | None, Callable[[], AlarmAct]], ...] = (
        (args.ack, acts.Acknowledge),
        (args.reset, acts.Reset),
        (args.shelve, lambda: acts.Shelve(for_ms=round(args.for_s * 1000), why=args.because, once=args.once)),
        (args.unshelve, acts.Unshelve),
        (args.out_of_service, lambda: acts.TakeOutOfService(why=args.because)),
        (args.in_service, acts.ReturnToService),
    )
    return next(((ids, make()) for ids, make in made if ids), ((), None))


def _acted(args: argparse.Namespace, ids: Sequence[str], act: AlarmAct) -> Outcome:
    from app.cli.framework.project_access import working

    with working(args.project, links=()) as engine:
        ids = _meant(ids, act, engine.alarms().result())
        there = _raised_by_devices(ids, act, engine.twin)
        if not there or running() is not None:
            return _carried_out(engine, ids, act)
    with working(args.project, links=[*{device.link for device in there}], automations=False) as engine:
        first = {device.link: device.points[0].id for device in there}
        for waiting in [engine.ready(point, READY_S) for point in first.values()]:
            waiting.result()
        return _carried_out(engine, ids, act)


def _meant(ids: Sequence[str], act: AlarmAct, known: Iterable[AlarmStatus]) -> list[str]:
    """The ids that are meant by `all`."""
    from twin.rules.alarm_act import Acknowledge, Reset

    if list(ids) != [EVERY]:
        return list(ids)
    match act:
        case Acknowledge():
            return [one.id for one in known if one.needs_ack]
        case Reset():
            return [one.id for one in known if one.phase == "latched_ack"]
        case _:
            return _standing(known)


def _raised_by_devices(ids: Iterable[str], act: AlarmAct, twin: Twin) -> list[Device]:
    """The devices that have to be told of an act."""
    from twin.rules.alarm_act import Acknowledge
    from twin.rules.device_alarm_definition import device_alarm_point, is_device_alarm

    if not isinstance(act, Acknowledge):
        return []
    points = (twin.point_of.get(device_alarm_point(id)) for id in ids if is_device_alarm(id))
    return [twin.device_of[id] for id in {point.device for point in points if point is not None}]


def _carried_out(engine: Engine, ids: Sequence[str], act: AlarmAct) -> Outcome:
    return _shown(engine.act_on_alarms(ids, act).result() if ids else (), engine.twin)


def _standing(known: Iterable[AlarmStatus]) -> list[str]:
    return [one.id for one in known if not one.at_rest]


def _accepted(args: argparse.Namespace) -> Outcome:
    from app.cli.framework.project_access import working
    from app.engine.problems import unknown
    from twin.model.problem import ProblemError
    from twin.rules.alarm_proposals import accepted, proposals

    with working(args.project, links=()) as engine:
        offered = proposals(engine.twin)
        chosen = [one for one in offered if one.group in args.accept or args.accept == [EVERY]]
        missing = set(args.accept) - {EVERY} - {one.group for one in chosen}
        if missing:
            raise ProblemError(*(unknown("alarm_group", name) for name in sorted(missing)))
        edits = accepted(chosen)
        if edits:
            engine.change_definitions(edits).result()
        lines = (translate("cli.alarms.accepted", n=len(edits)),)
        return Outcome({"accepted": [one.group for one in chosen], "definitions": len(edits)}, lines)


def _offered(twin: Twin) -> Outcome:
    from twin.rules.alarm_proposals import proposals

    found = proposals(twin)
    rows = [(one.group, translate(f"alarm.group.{one.group}"), len(one.alarms)) for one in found]
    lines = columns(rows, ("group", "alarm", "count")) if rows else [translate("cli.alarms.nothing_offered")]
    return Outcome({"proposals": [_proposal_json(one) for one in found]}, tuple(lines))


def _proposal_json(one: AlarmProposal) -> dict[str, object]:
    return {
        "group": one.group,
        "title": translate(f"alarm.group.{one.group}"),
        "alarms": [alarm.id for alarm in one.alarms],
    }


def _listed(project: ProjectReader, *, every: bool) -> Outcome:
    return _shown([one for one in known_alarms(project) if every or not one.at_rest], project.twin)


def known_alarms(project: ProjectReader) -> tuple[AlarmStatus, ...]:
    """The alarms of the engine that runs this verb; as last saved where there is none."""
    return stored_alarms(project) if (engine := _engine()) is None else engine.alarms().result()


def _engine() -> Engine | None:
    from app.cli.framework.running_engine import running

    here = running()
    return here.engine if here is not None else None


def stored_alarms(project: ProjectReader) -> tuple[AlarmStatus, ...]:
    """Alarms as last saved, where no engine can be asked."""
    from datetime import UTC, datetime

    from app.engine.rule_compiling import compiled
    from app.engine.rule_saving import saved_rules
    from twin.rules.alarm_evaluation import AlarmMemory
    from twin.rules.alarm_list import alarm_list

    memory = saved_rules(project.history.rules).alarms if project.history is not None else AlarmMemory()
    made = compiled(project.twin, datetime.fromtimestamp(0, UTC).date())
    return tuple(alarm_list(made.alarms, memory, project.twin))


def _shown(found: Iterable[AlarmStatus], twin: Twin) -> Outcome:
    ordered = sorted(found, key=lambda one: (one.at_rest, bool(one.overlay), one.priority, -one.since_ms, one.id))
    rows = [
        (
            one.priority,
            sentence(one.title),
            _room(one, twin),
            _state(one),
            utc(one.raised_ms),
            one.id,
            _device_says(one),
        )
        for one in ordered
    ]
    head = ("priority", "alarm", "room", "state", "raised", "id", "note")
    if not any(one.message or one.untold for one in ordered):
        rows, head = [row[:-1] for row in rows], head[:-1]
    lines = columns(rows, head) or [translate("cli.alarms.none")]
    return Outcome({"alarms": [alarm_json(one) for one in ordered]}, tuple(lines))


def _room(one: AlarmStatus, twin: Twin) -> str:
    room = twin.room_of.get(one.room) if one.room is not None else None
    return room.title if room is not None else ""


def _state(one: AlarmStatus) -> str:
    said = translate(f"alarm.overlay.{one.overlay.value}") if one.overlay else translate(f"alarm.phase.{one.phase}")
    return translate("cli.alarms.uncertain", state=said) if one.uncertain and not one.at_rest else said


def _device_says(one: AlarmStatus) -> str:
    """The own words of the device, and that it is not told yet."""
    said = [translate("alarm.device_says", message=one.message)] if one.message else []
    return "; ".join([*said, *([sentence(Text("alarm.untold", why=one.untold))] if one.untold else [])])


def alarm_json(one: AlarmStatus) -> dict[str, object]:
    """JSON object of an alarm: titles in the user's language, times in ISO 8601 UTC. `message`: the own words of the device that
    raises it; `untold`: why that is not told yet that it is acknowledged."""
    return {
        "id": one.id,
        "title": sentence(one.title),
        "what_to_do": sentence(one.what_to_do),
        "priority": one.priority,
        "class": one.category,
        "phase": one.phase,
        "active": one.active,
        "since": utc(one.since_ms),
        "raised": utc(one.raised_ms),
        "room": one.room,
        "device": one.device,
        "point": one.point,
        "value": one.value,
        "count": one.count,
        "acked_by": one.acked_by,
        "overlay": one.overlay.value,
        "until": utc(one.until_ms),
        **reason_json(one.why),
        "uncertain": one.uncertain,
        "message": one.message,
        "untold": reason_json(one.untold) if one.untold is not None else None,
    }


def _logged(project: ProjectReader) -> Outcome:
    entries = _log_of(project)
    rows = [
        (
            utc(one.time_ms),
            sentence(one.title),
            translate(f"alarm.event.{one.event}"),
            one.value,
            one.who,
            sentence(one.reason),
        )
        for one in entries
    ]
    lines = columns(rows, ("time", "alarm", "event", "value", "who", "reason")) or [translate("cli.alarms.nothing_yet")]
    return Outcome({"log": [_entry_json(one) for one in entries]}, tuple(lines))


def _log_of(project: ProjectReader) -> Sequence[AlarmLogEntry]:
    from datetime import UTC, datetime

    from app.engine.rule_compiling import compiled
    from app.engine.rule_log import alarm_entries

    if (engine := _engine()) is not None:
        return engine.alarm_log(0, 1 << 60, LOG_ROWS).result()
    if project.history is None:
        return ()
    definitions = compiled(project.twin, datetime.fromtimestamp(0, UTC).date()).alarms.definitions
    return alarm_entries(project.history.rules.alarm_log(0, 1 << 60, LOG_ROWS), definitions, project.twin)


def _entry_json(one: AlarmLogEntry) -> dict[str, object]:
    return {
        "time": utc(one.time_ms), "alarm": one.alarm, "title": sentence(one.title), "event": one.event, "phase": one.phase,
        "priority": one.priority, "value": one.value, "who": one.who, **reason_json(one.reason),
    }  # fmt: skip


VERB = Verb(
    sentence="alarms of a project: how they stand, acknowledge, shelve, what is offered", arguments=arguments, run=run
)
