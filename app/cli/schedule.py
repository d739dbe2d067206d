"""`oikos schedule`: lists a project's schedules with what is in force and what comes next; makes and edits one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.framework.schedule_output import first_point, listed, read_schedule, shown
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from app.cli.framework.schedule_parsing import ValueOf
    from twin.model.definition import Definition, DefinitionEdit
    from twin.model.twin import Twin
    from twin.rules.day_calendar import DayCalendar
    from twin.rules.schedule import Schedule, ScheduleException, ScheduleTarget
    from twin.rules.schedule_edit import ValueMeaning

LIST, SHOW, ADD, SET, EXCEPTION, REMOVE, IMPORT = "list", "show", "add", "set", "exception", "remove", "import"
ACTIONS = (LIST, SHOW, ADD, SET, EXCEPTION, REMOVE, IMPORT)
EVERY_DAY = "mon-sun"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, the action, the schedule, and its times."""
    from app.cli.framework.parsing import whole_number

    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    parser.add_argument("action", nargs="?", default=LIST, choices=ACTIONS, metavar="ACTION", help=", ".join(ACTIONS))
    parser.add_argument("name", nargs="?", metavar="NAME", help="id or title; with import the calendar file (.ics)")
    parser.add_argument("times", nargs="*", metavar="TIME=VALUE", help="07:00=21, 22:00=off, 12:00=-; a scene's title")
    parser.add_argument("--days", default=EVERY_DAY, metavar="D", help="with add, set: mon-fri, sat,sun (every day)")
    parser.add_argument("--control", nargs="+", metavar="POINT", help="with add, set: the points that it commands")
    parser.add_argument("--scenes", nargs="+", metavar="SCENE", help="with add, set: the scenes that its values name")
    parser.add_argument("--default", metavar="VALUE", help="with add, set: the value where no time counts")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--date", metavar="D", help="with exception: 2026-12-24, or 2026-12-24..2027-01-02")
    which.add_argument("--holidays", metavar="PLACE", help="with exception: public holidays, CN or DE-BY, as on --like")
    which.add_argument("--calendar", metavar="ID", help="with exception: days of an imported calendar")
    parser.add_argument("--like", metavar="DAY", help="with exception: the times of this weekday (holidays: sun)")
    parser.add_argument("--priority", type=whole_number, metavar="N", help="with exception: 1 strongest to 16")
    parser.add_argument("--number", type=whole_number, metavar="N", help="with remove: only this exception")
    parser.add_argument("--into", metavar="NAME", help="with import: the schedule that has --value during its events")
    parser.add_argument("--value", metavar="VALUE", help="with import --into: the value during an event")
    parser.add_argument("--title", metavar="TITLE", help="with set, exception, import: the title")


def run(args: argparse.Namespace) -> Outcome:
    """Lists the schedules, or carries out the action and shows the schedule that it left."""
    from app.cli.framework.project_access import reading

    _check(args)
    with reading(args.project) as project:
        twin = project.twin
        if args.action == LIST:
            return listed(twin)
        if args.action == SHOW:
            return shown(read_schedule(_named(twin, args.name)), twin)
        edits = _edits(args, twin)
    return _changed(args.project, edits, None if args.action == REMOVE and args.number is None else args)


def _check(args: argparse.Namespace) -> None:
    """Ends with a usage error where the action lacks what it needs."""
    wants = args.action != LIST and not args.name
    wants |= args.action == EXCEPTION and not (args.date or args.holidays or args.calendar)
    wants |= args.action == IMPORT and bool(args.into) != bool(args.value)
    if wants:
        args.refuse(translate("cli.usage.schedule"))


def _edits(args: argparse.Namespace, twin: Twin) -> list[DefinitionEdit]:
    """The edits of an action, one undo step together."""
    from twin.model.definition import DefinitionEdit, DefinitionKind

    if args.action == IMPORT:
        return _imported(args, twin)
    if args.action == ADD:
        return [_saved(_with_times(args, _new(args.name), twin))]
    definition = _named(twin, args.name)
    if args.action == REMOVE and args.number is None:
        return [DefinitionEdit(DefinitionKind.SCHEDULE, definition.id)]
    schedule = read_schedule(definition)
    if args.action == SET:
        return [_saved(_with_times(args, schedule, twin), definition)]
    if args.action == REMOVE:
        return [_saved(_without_exception(schedule, args.number), definition)]
    calendar = _holidays(args.holidays, twin) if args.holidays else None
    changed = _with_exceptions(args, schedule, calendar, twin)
    return [*([_saved_calendar(calendar)] if calendar else []), _saved(changed, definition)]


def _new(title: str) -> Schedule:
    from secrets import randbits

    from twin.rules.schedule import Schedule

    return Schedule(id=f"schedule-{randbits(32):08x}", title=title)


def _with_times(args: argparse.Namespace, schedule: Schedule, twin: Twin) -> Schedule:
    """The schedule with the given title, points, scenes, default and times."""
    from msgspec.structs import replace

    from app.cli.framework.schedule_parsing import entries, weekdays
    from twin.model.problem import Problem, ProblemError
    from twin.rules.schedule_edit import means_something, with_meaning, with_scenes, with_week

    days = weekdays(args.days)
    schedule = replace(schedule, title=args.title or schedule.title)
    if args.scenes:
        schedule = replace(with_scenes(schedule, tuple(_scene(one, twin).id for one in args.scenes)), targets=())
    elif args.control:
        before, schedule = schedule, with_scenes(schedule, ())
        schedule = replace(schedule, targets=tuple(_target(one, twin) for one in args.control))
        schedule = with_meaning(schedule, _meaning(before, twin), _meaning(schedule, twin))
    value_of = _value_of(schedule, twin)
    if args.default:
        schedule = replace(schedule, default=None if args.default == "-" else value_of(args.default))
    if args.times:
        schedule = with_week(schedule, days, entries(args.times, value_of))
    if not means_something(schedule):
        raise ProblemError(Problem(code="schedule.value_lost"))
    return schedule


def _meaning(schedule: Schedule, twin: Twin) -> ValueMeaning | None:
    """What the values of a schedule are; None where its points are not known."""
    from app.cli.framework.schedule_parsing import words_of
    from twin.rules.schedule_edit import ValueMeaning

    point = first_point(schedule, twin)
    return None if point is None else ValueMeaning(point.capability, words_of(point), *point.range)


def _with_exceptions(
    args: argparse.Namespace, schedule: Schedule, calendar: DayCalendar | None, twin: Twin
) -> Schedule:
    from msgspec.structs import replace

    from app.cli.framework.schedule_parsing import dates, entries, weekdays
    from twin.rules.schedule import ScheduleDays, ScheduleException
    from twin.rules.schedule_edit import DATE_PRIORITY, SUNDAY, holiday_exceptions, with_exception

    like = weekdays(args.like)[0] if args.like else None
    if calendar is not None and not args.times:
        found: Sequence[ScheduleException] = holiday_exceptions(calendar, SUNDAY if like is None else like)
    else:
        days = (
            dates(args.date) if args.date else ScheduleDays(calendar=calendar.id if calendar else _calendar(args, twin))
        )
        times = entries(args.times, _value_of(schedule, twin))
        found = [ScheduleException(days=(days,), times=times, like_weekday=like, priority=DATE_PRIORITY)]
        if not times and like is None:
            args.refuse(translate("cli.usage.schedule"))
    for one in found:
        priority = args.priority or one.priority
        schedule = with_exception(schedule, replace(one, priority=priority, title=args.title or one.title))
    return schedule


def _without_exception(schedule: Schedule, number: int) -> Schedule:
    from msgspec.structs import replace

    from app.engine.problems import unknown
    from twin.model.problem import ProblemError

    if not 1 <= number <= len(schedule.exceptions):
        raise ProblemError(unknown("exception", str(number)))
    return replace(schedule, exceptions=(*schedule.exceptions[: number - 1], *schedule.exceptions[number:]))


def _holidays(place: str, twin: Twin) -> DayCalendar:
    from app.calendars import holiday_calendar

    return holiday_calendar(place, _today(twin))


def _today(twin: Twin) -> date:
    """The present day by the site's clock."""
    from app.engine.clock import utc_ms
    from app.site_time import zone_of
    from twin.rules.wall_clock import local

    return local(utc_ms(), zone_of(twin.site)).date()


def _calendar(args: argparse.Namespace, twin: Twin) -> str:
    from app.engine.problems import unknown
    from twin.model.problem import ProblemError

    found = [one.id for one in twin.definitions.calendars if args.calendar in (one.id, one.title)]
    if not found:
        raise ProblemError(unknown("calendar", args.calendar))
    return found[0]


def _imported(args: argparse.Namespace, twin: Twin) -> list[DefinitionEdit]:
    """A calendar of a file's all-day events; with --into, exceptions of a schedule with a value during its events."""
    from msgspec.structs import replace

    from app.calendars import events_of_file
    from app.site_time import zone_name
    from twin.rules.calendar_events import calendar_of_events, exceptions_of_events

    path = Path(args.name)
    into = _named(twin, args.into) if args.into else None
    events, title = events_of_file(path, _today(twin), zone_name(twin.site)), args.title or path.stem
    if into is None:
        return [_saved_calendar(calendar_of_events(f"file:{title}", events, title))]
    schedule = read_schedule(into)
    found = exceptions_of_events(events, _value_of(schedule, twin)(args.value))
    kept = tuple(one for one in schedule.exceptions if one.title != title)
    return [_saved(replace(schedule, exceptions=(*kept, *(replace(one, title=title) for one in found))), into)]


def _saved(schedule: Schedule, before: Definition | None = None) -> DefinitionEdit:
    from twin.model.definition import DefinitionEdit, DefinitionKind
    from twin.rules.definition_body import definition_of

    enabled = before is None or before.enabled
    return DefinitionEdit(DefinitionKind.SCHEDULE, schedule.id, definition_of(schedule, enabled=enabled))


def _saved_calendar(calendar: DayCalendar) -> DefinitionEdit:
    from twin.model.definition import DefinitionEdit, DefinitionKind
    from twin.rules.definition_body import definition_of

    return DefinitionEdit(DefinitionKind.CALENDAR, calendar.id, definition_of(calendar))


def _changed(project: str, edits: list[DefinitionEdit], args: argparse.Namespace | None) -> Outcome:
    """Saves the edits as one undo step; shows the schedule or, without `args`, the list."""
    from app.cli.framework.project_access import working
    from twin.model.definition import DefinitionKind

    with working(project, links=()) as engine:
        engine.change_definitions(edits).result()
        twin = engine.twin
        schedules = [one for one in edits if one.kind is DefinitionKind.SCHEDULE]
        found = twin.definitions.find(DefinitionKind.SCHEDULE, schedules[-1].id) if schedules else None
        if args is None or found is None:
            return listed(twin)
        return shown(read_schedule(found), twin)


def _target(text: str, twin: Twin) -> ScheduleTarget:
    from app.cli.framework.project_access import missing
    from twin.rules.schedule import ScheduleTarget
    from twin.rules.selector import of_point

    point = twin.find_point(text)
    if point is None:
        raise missing("point", text, twin)
    return ScheduleTarget(selector=of_point(point.id))


def _scene(name: str, twin: Twin) -> Definition:
    return _only(twin.definitions.scenes, "scene", name)


def _named(twin: Twin, name: str) -> Definition:
    return _only(twin.definitions.schedules, "schedule", name)


def _only(there: tuple[Definition, ...], what: str, name: str) -> Definition:
    """The definition with this id, else the only one with this title. ProblemError where there is none."""
    from app.engine.problems import unknown
    from twin.model.problem import ProblemError

    titled = [one for one in there if one.title.casefold() == name.casefold()]
    found = next((one for one in there if one.id == name), titled[0] if len(titled) == 1 else None)
    if found is None:
        raise ProblemError(unknown(what, name))
    return found


def _value_of(schedule: Schedule, twin: Twin) -> ValueOf:
    """Reads typed values: scenes where the schedule sets scenes, else what fits its first point."""
    from app.cli.framework.schedule_parsing import number_for, scene_index

    if schedule.scenes:
        return lambda text: scene_index(schedule, _scene(text, twin).id)
    point = first_point(schedule, twin)
    return lambda text: number_for(point, text)


VERB = Verb(
    sentence="schedules of a project: list, make, exceptions, holidays, calendar files", arguments=arguments, run=run
)
