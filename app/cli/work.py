"""`oikos work`: work orders: what is to be done, by whom, until when; made by hand or from an alarm; notes and photos."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, cast

from app.cli.framework.output import columns, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.engine.reading import ProjectReader
    from twin.model.alarm import AlarmStatus
    from twin.model.definition import Definition
    from twin.model.twin import Twin
    from twin.rules.work_order import WorkOrder

LIST, SHOW, ADD, SET, NOTE, REMOVE = "list", "show", "add", "set", "note", "remove"
ACTIONS = (LIST, SHOW, ADD, SET, NOTE, REMOVE)
STATES = ("open", "in_progress", "waiting", "done", "cancelled")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, the action, the order, and what changes."""
    from app.cli.framework.parsing import whole_number

    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    parser.add_argument("action", nargs="?", default=LIST, choices=ACTIONS, metavar="ACTION", help=", ".join(ACTIONS))
    parser.add_argument("name", nargs="?", metavar="NAME", help="title or id; with add the title, or --alarm")
    parser.add_argument("--all", action="store_true", help="with list: those that are done, too")
    parser.add_argument("--alarm", metavar="ID", help="with add: made from this alarm")
    parser.add_argument("--state", choices=STATES, help="with set, note: the new state")
    parser.add_argument("--to", dest="assignee", metavar="WHO", help="with add, set: who does it")
    parser.add_argument("--due", metavar="DATE", help="with add, set: the last day, 2026-12-24; - for none")
    parser.add_argument("--priority", type=whole_number, metavar="N", help="with add, set: 1 most urgent to 4")
    parser.add_argument("--room", metavar="ROOM", help="with add, set: where")
    parser.add_argument("--text", default="", metavar="TEXT", help="with add: what is to be done; with note: the note")
    parser.add_argument("--photo", metavar="FILE", help="with note: a JPEG or PNG; kept small and without EXIF data")
    parser.add_argument(
        "-o", "--out", dest="document", metavar="FILE", help="with list, show: write it as name.pdf or name.xlsx"
    )
    parser.add_argument("--force", action="store_true", help="replace a file of another kind (never a project)")


def run(args: argparse.Namespace) -> Outcome:
    """Lists the work orders, or carries out the action and shows the order."""
    from app.cli.checkout import kept_photo
    from app.cli.framework.project_access import reading, working
    from twin.model.definition import DefinitionEdit, DefinitionKind

    if args.action in (LIST, SHOW):
        with reading(args.project) as project:
            if args.action == LIST:
                orders = orders_of(project.twin)
                shown = [one.id for one in orders if args.all or not one.closed]
                written = _written(args, project, shown if args.all else ())
                return _listed(orders, every=args.all, written=written)
            found = _named(args, project.twin)
            return _shown(_read(found), written=_written(args, project, (found.id,)))
    if not args.name and not (args.action == ADD and args.alarm):
        args.refuse(translate("cli.usage.work"))
    photos = kept_photo(args.photo) if args.photo else {}
    with working(args.project, links=()) as engine:
        if args.action == REMOVE:
            found = _named(args, engine.twin)
            engine.change_work_orders([DefinitionEdit(DefinitionKind.WORK_ORDER, found.id)]).result()
            return _listed(orders_of(engine.twin), every=args.all)
        alarms = engine.alarms().result() if args.alarm else ()
        order = _changed(args, engine.twin, engine.now_ms(), alarms, next(iter(photos), ""))
        edit = DefinitionEdit(DefinitionKind.WORK_ORDER, order.id, _definition(order))
        engine.change_work_orders([edit], photos).result()
        return _shown(order)


def _written(args: argparse.Namespace, project: ProjectReader, orders: Sequence[str]) -> tuple[str, ...]:
    """Writes the orders to the file that is asked for; the line for the terminal."""
    from pathlib import Path

    if not args.document:
        return ()
    from app.engine.clock import utc_ms
    from app.engine.exporting import own_files
    from app.engine.reports.report_writing import write_document
    from app.engine.reports.work_order_document import work_order_document

    store = project.project
    document = work_order_document(project.twin, orders, utc_ms(), store.checkout_photo)
    size = write_document(document, Path(args.document), force=args.force, never=own_files(store))
    return (translate("cli.report.made", file=args.document, kb=max(1, round(size / 1024))),)


def _changed(args: argparse.Namespace, twin: Twin, now_ms: int, alarms: Iterable[AlarmStatus], photo: str) -> WorkOrder:
    from msgspec.structs import replace

    from app.author import author
    from twin.rules.work_order import WorkState, noted

    order = _made(args, now_ms, alarms) if args.action == ADD else _read(_named(args, twin))
    more: dict[str, object] = {}
    if args.assignee is not None:
        more["assignee"] = args.assignee
    if args.due:
        more["due"] = "" if args.due == "-" else _date(args)
    if args.priority is not None:
        more["priority"] = args.priority
    if args.room:
        more["room"] = _room(args.room, twin)
    order = replace(order, **more)
    text = args.text if args.action == NOTE else ""
    state = WorkState(args.state) if args.state and args.action != ADD else None
    return noted(order, now_ms, author(), text=text, photo=photo, state=state)


def _made(args: argparse.Namespace, now_ms: int, alarms: Iterable[AlarmStatus]) -> WorkOrder:
    from secrets import randbits

    from msgspec.structs import replace

    from app.author import author
    from app.engine.problems import unknown
    from app.i18n import sentence
    from app.work_orders import order_of_alarm
    from twin.model.problem import ProblemError
    from twin.rules.work_order import WorkOrder

    id = f"work-{randbits(32):08x}"
    if args.alarm:
        alarm = next((one for one in alarms if one.id == args.alarm), None)
        if alarm is None:
            raise ProblemError(unknown("alarm", args.alarm))
        made = order_of_alarm(id, alarm, sentence(alarm.title), sentence(alarm.what_to_do), now_ms, author())
        return replace(made, title=args.name or made.title, description=args.text or made.description)
    return WorkOrder(id=id, title=args.name, description=args.text, created_ms=now_ms, created_by=author())


def _date(args: argparse.Namespace) -> str:
    from datetime import date

    try:
        return date.fromisoformat(args.due).isoformat()
    except ValueError:
        args.refuse(translate("cli.usage.work"))
        return ""


def _room(text: str, twin: Twin) -> str:
    from app.cli.framework.project_access import missing

    room = twin.find_room(text)
    if room is None:
        raise missing("room", text, twin)
    return room.id


def orders_of(twin: Twin) -> list[WorkOrder]:
    """All readable work orders, what is left to do first."""
    from app.work_orders import readable_orders

    return readable_orders(twin.definitions)


def _read(definition: Definition) -> WorkOrder:
    from twin.model.definition import DefinitionKind
    from twin.rules.definition_body import read_body

    return cast("WorkOrder", read_body(DefinitionKind.WORK_ORDER, definition))


def _definition(order: WorkOrder) -> Definition:
    from twin.rules.definition_body import definition_of

    return definition_of(order)


def _named(args: argparse.Namespace, twin: Twin) -> Definition:
    from app.engine.problems import unknown
    from twin.model.problem import ProblemError

    there = twin.definitions.work_orders
    titled = [one for one in there if one.title.casefold() == str(args.name).casefold()]
    found = next((one for one in there if one.id == args.name), titled[0] if len(titled) == 1 else None)
    if found is None:
        raise ProblemError(unknown("work_order", str(args.name)))
    return found


def _document(order: WorkOrder) -> dict[str, object]:
    return {
        "id": order.id, "title": order.title, "state": order.state.value, "priority": order.priority,
        "assignee": order.assignee, "due": order.due, "created": utc(order.created_ms), "created_by": order.created_by,
        "closed": None if order.closed_ms is None else utc(order.closed_ms), "room": order.room, "device": order.device,
        "origin": {"kind": order.origin.kind.value, "id": order.origin.id, "text": order.origin.text},
        "description": order.description,
        "notes": [
            {"time": utc(one.time_ms), "who": one.who, "text": one.text, "photo": one.photo,
             "state": None if one.state is None else one.state.value}
            for one in order.notes
        ],
    }  # fmt: skip


def _listed(orders: list[WorkOrder], *, every: bool, written: tuple[str, ...] = ()) -> Outcome:
    shown = [one for one in orders if every or not one.closed]
    rows = [(one.title, translate(f"work.{one.state.value}"), one.assignee, one.due, one.id) for one in shown]
    lines = tuple(columns(rows)) if rows else (translate("cli.work.none"),)
    return Outcome({"work_orders": [_document(one) for one in shown]}, (*lines, *written))


def _shown(order: WorkOrder, *, written: tuple[str, ...] = ()) -> Outcome:
    lines = [
        order.title, order.description, translate(f"work.{order.state.value}"), order.assignee, order.due, order.id,
        *(" ".join(filter(None, (utc(one.time_ms), one.who, one.text, one.photo[:12]))) for one in order.notes),
    ]  # fmt: skip
    return Outcome(_document(order), (*(one for one in lines if one), *written))


VERB = Verb(sentence="work orders: what is to be done, who does it, until when", arguments=arguments, run=run)
