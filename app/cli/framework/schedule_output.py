"""Output of the verb `schedule`: the list of schedules, and one with its week and exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from app.cli.framework.output import columns, utc
from app.cli.framework.verb import Outcome
from app.i18n import current_language, translate
from app.i18n.numbers import format_significant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from twin.model.definition import Definition
    from twin.model.device import Point
    from twin.model.twin import Twin
    from twin.rules.calendar_days import CalendarDay
    from twin.rules.day_calendar import DayCalendar
    from twin.rules.schedule import Entries, Schedule, ScheduleException
    from twin.rules.schedule_outlook import ScheduleOutlook

DAYS_SHOWN = 12
"""Maximum number of listed days that calendars bring."""


def first_point(schedule: Schedule, twin: Twin) -> Point | None:
    """The first existing point that a schedule commands, which its values are written for."""
    from app.cli.framework.commanded_points import points_of

    found = points_of((one.selector.key for one in schedule.targets), twin)
    return twin.point_of[found[0]] if found else None


def read_schedule(definition: Definition) -> Schedule:
    """The schedule of a definition. ProblemError where it cannot be read."""
    from twin.model.definition import DefinitionKind
    from twin.rules.definition_body import read_body

    return cast("Schedule", read_body(DefinitionKind.SCHEDULE, definition))


def _outlook(schedule: Schedule, twin: Twin) -> ScheduleOutlook:
    from app.engine.clock import utc_ms
    from app.site_time import zone_of
    from twin.rules.schedule_outlook import outlook

    now_ms = utc_ms()
    calendars, _ = _calendars(twin, now_ms)
    return outlook(schedule, zone_of(twin.site), calendars, now_ms)


def _calendars(twin: Twin, now_ms: int) -> tuple[dict[str, DayCalendar], date]:
    """The project's calendars by id with the days of the coming years, and the present day by the site's clock."""
    from app.calendars import renewed_all
    from app.site_time import zone_of
    from twin.rules.definition_body import read_rules
    from twin.rules.wall_clock import local

    today = local(now_ms, zone_of(twin.site)).date()
    return renewed_all(read_rules(twin.definitions).calendars, today), today


def _days_ahead(schedule: Schedule, twin: Twin) -> list[tuple[CalendarDay, str]]:
    """The next days that calendars bring to a schedule, each with its name."""
    from app.calendars import named_days_ahead
    from app.engine.clock import utc_ms

    calendars, today = _calendars(twin, utc_ms())
    return named_days_ahead(schedule.exceptions, calendars, today, DAYS_SHOWN, current_language())


def _day_json(one: CalendarDay, name: str, schedule: Schedule) -> dict[str, object]:
    return {
        "date": str(one.day), "name": name, "calendar": one.calendar, "worked": one.worked,
        "exception": schedule.exceptions.index(one.exception) + 1, "like": one.exception.like_weekday,
        "times": _entries_json(one.exception.times),
    }  # fmt: skip


def listed(twin: Twin) -> Outcome:
    """Every schedule with its value in force and its next change; unreadable ones by their title."""
    from twin.model.problem import ProblemError

    rows: list[tuple[object, ...]] = []
    document: list[Mapping[str, object]] = []
    for one in twin.definitions.schedules:
        try:
            schedule = read_schedule(one)
        except ProblemError:
            document.append({"id": one.id, "title": one.title, "on": one.enabled, "readable": False})
            rows.append((one.title or one.id, one.enabled, None, None, None, one.id))
            continue
        ahead = _outlook(schedule, twin)
        document.append({**_status(schedule, ahead, twin), "on": one.enabled, "readable": True})
        now, then = _text(ahead.value, schedule, twin), _text(ahead.next_value, schedule, twin)
        rows.append((one.title or one.id, one.enabled, now, utc(ahead.next_ms), then, one.id))
    lines = columns(rows, ("name", "on", "value", "next_run", "then", "id")) or [translate("cli.schedule.none")]
    return Outcome({"schedules": document}, tuple(lines))


def _status(schedule: Schedule, ahead: ScheduleOutlook, twin: Twin) -> dict[str, object]:
    return {
        "id": schedule.id, "title": schedule.title, "value": ahead.value, "in_force": _text(ahead.value, schedule, twin),
        "next": utc(ahead.next_ms), "next_value": ahead.next_value if ahead.next_ms else None,
    }  # fmt: skip


def shown(schedule: Schedule, twin: Twin) -> Outcome:
    """A schedule with its value in force, its next change, its week, its exceptions and the next days of its calendars."""
    from app.cli.framework.schedule_parsing import DAY_WORDS

    days_ahead = _days_ahead(schedule, twin)
    week = {day: _entries_json(one) for day, one in zip(DAY_WORDS, schedule.week, strict=True)}
    document = {
        **_status(schedule, ahead := _outlook(schedule, twin), twin), "default": schedule.default, "week": week,
        "exceptions": [_exception_json(at, one) for at, one in enumerate(schedule.exceptions, 1)],
        "points": [one.selector.key for one in schedule.targets], "scenes": list(schedule.scenes),
        "days_ahead": [_day_json(one, name, schedule) for one, name in days_ahead],
    }  # fmt: skip
    rows: list[tuple[object, ...]] = [
        (day, _times(one, schedule, twin)) for day, one in zip(DAY_WORDS, schedule.week, strict=True)
    ]
    rows += [
        (f"{at}: {_days(one)}", _exception_text(one, schedule, twin)) for at, one in enumerate(schedule.exceptions, 1)
    ]
    now, then = _text(ahead.value, schedule, twin), _text(ahead.next_value, schedule, twin)
    nothing = translate("cli.schedule.nothing")
    lines = [translate("cli.schedule.now", value=now or nothing)]
    if ahead.next_ms:
        lines.append(translate("cli.schedule.next", value=then or nothing, time=utc(ahead.next_ms)))
    lines += columns(rows, ("days", "times"))
    if days_ahead:
        lines += ["", translate("cli.schedule.days_ahead"), *_day_lines(days_ahead, schedule, twin)]
    return Outcome(document, tuple(lines))


def _day_lines(days_ahead: Sequence[tuple[CalendarDay, str]], schedule: Schedule, twin: Twin) -> list[str]:
    worked = translate("cli.schedule.worked")
    rows = [
        (str(one.day), worked if one.worked else name, _exception_text(one.exception, schedule, twin))
        for one, name in days_ahead
    ]
    return columns(rows, ("days", "name", "times"))


def _entries_json(entries: Entries) -> list[dict[str, object]]:
    from app.cli.framework.schedule_parsing import clock_text

    return [{"time": clock_text(minute), "value": value} for minute, value in entries]


def _exception_json(number: int, one: ScheduleException) -> dict[str, object]:
    return {
        "number": number, "title": one.title, "days": _days(one), "priority": one.priority,
        "times": _entries_json(one.times), "like": one.like_weekday,
    }  # fmt: skip


def _days(one: ScheduleException) -> str:
    """The days of an exception: dates, a calendar's id, or a pattern's fields."""
    found: list[str] = []
    for days in one.days:
        if days.first is not None and days.last is not None:
            found.append(str(days.first) if days.first == days.last else f"{days.first}..{days.last}")
        elif days.calendar:
            found.append(f"{days.calendar}{' worked' if days.worked else ''}")
        else:
            fields = {name: getattr(days, name) for name in days.__struct_fields__}
            found.append(" ".join(f"{name}={value}" for name, value in fields.items() if value))
    return ", ".join(found)


def _exception_text(one: ScheduleException, schedule: Schedule, twin: Twin) -> str:
    from app.cli.framework.schedule_parsing import DAY_WORDS

    if one.like_weekday is not None:
        return f"= {DAY_WORDS[one.like_weekday]}"
    return _times(one.times, schedule, twin)


def _times(entries: Entries, schedule: Schedule, twin: Twin) -> str:
    from app.cli.framework.schedule_parsing import clock_text

    return "  ".join(f"{clock_text(minute)}={_text(value, schedule, twin) or '-'}" for minute, value in entries)


def _text(value: float | None, schedule: Schedule, twin: Twin) -> str | None:
    """A value as people read it: a scene's title, a word, or the number; None where there is none."""
    from twin.model.capability import ValueType
    from twin.model.definition import DefinitionKind

    if value is None:
        return None
    if 0 <= value < len(schedule.scenes):
        found = twin.definitions.find(DefinitionKind.SCENE, schedule.scenes[int(value)])
        return found.title if found is not None else schedule.scenes[int(value)]
    point = first_point(schedule, twin)
    if point is None or point.capability.type is ValueType.NUMBER:
        return format_significant(value) + (
            f" {point.capability.unit}" if point is not None and point.capability.unit else ""
        )
    options = point.options or ("off", "on")
    return options[int(value)] if 0 <= value < len(options) else format_significant(value)
