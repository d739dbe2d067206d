"""Parts that all reports share: the period in words, amounts, changes, the frame around the sections."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from math import isfinite
from threading import Event

from app.i18n import current_language, locale_name, tr
from app.i18n.numbers import format_decimal, temperature_unit
from app.site_time import zone_name, zone_of
from twin.insight.calendar_span import CalendarSpan, span_at
from twin.model.energy import EnergySetup, EnergySpan
from twin.model.ids import PointId, RoomId
from twin.model.problem import Problem, ProblemError
from twin.model.quantity import Quantity, from_canonical
from twin.model.twin import Twin
from twin.share.report_document import Amount, Cell, ReportDocument, ReportLabels, ReportLines, ReportSection
from twin.store.history import History

HALF_DAY_MS = 43_200_000
NO_CHANGE = 0.5
"""Changes of less than this many percent are called none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSource:
    """What a report is composed from: structure, history, energy setup, the period, the present time, UTC ms."""

    twin: Twin
    history: History | None
    setup: EnergySetup
    span: EnergySpan
    at_ms: int
    now_ms: int
    dropped: Event
    """Set to end the work with a ProblemError."""
    untold: frozenset[PointId] | None = None
    """Where the twin has groups of rooms in place of rooms, since presence is shown so: points that tell of too few people."""
    metered: Twin | None = None
    """The twin with its single rooms, in which meters are; None: the same."""
    places: Mapping[RoomId, int] | None = None
    """Where use is told by groups of rooms: numbers of people that rooms are meant for."""
    progress: Callable[[float], object] = lambda _: None
    """Told the share that is done, 0 to 1."""

    @property
    def zone(self) -> tzinfo:
        """The site's time zone."""
        return zone_of(self.twin.site)

    @property
    def period(self) -> CalendarSpan:
        """The local day, week, month or year that is reported."""
        return span_at(self.span, self.at_ms, self.zone)

    @property
    def until_ms(self) -> int:
        """End of what has passed of the period."""
        return max(self.period.from_ms, min(self.now_ms, self.period.to_ms))

    def before(self) -> tuple[int, int]:
        """[from, to) of the period before, up to the same elapsed time."""
        period = self.period
        return period.before_ms, min(period.before_ms + self.until_ms - period.from_ms, period.from_ms)

    def step(self, share: float = 0.0) -> None:
        """Notes progress. Raises ProblemError where the report is called off."""
        if self.dropped.is_set():
            raise ProblemError(Problem(code="report.dropped"))
        if share:
            self.progress(share)


def local(at_ms: int, zone: tzinfo) -> datetime:
    """An instant on the site's clock."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)


def moment_text(at_ms: int | None, zone: tzinfo) -> str:
    """An instant with date and time, as the language writes it; a dash for None."""
    from babel.dates import format_date, format_time

    if at_ms is None:
        return "–"
    then, name = local(at_ms, zone).replace(tzinfo=None), locale_name()
    return f"{format_date(then, 'medium', locale=name)} {format_time(then, 'short', locale=name)}"


def day_time_text(at_ms: int | None, zone: tzinfo) -> str:
    """An instant of the period that a report names, without its year; a dash for None."""
    from babel.dates import format_skeleton, format_time

    if at_ms is None:
        return "–"
    then, name = local(at_ms, zone).replace(tzinfo=None), locale_name()
    return f"{format_skeleton('MMMd', then, locale=name)} {format_time(then, 'short', locale=name)}"


def period_name(period: CalendarSpan, zone: tzinfo) -> str:
    """The period: `24 November 2026`, `23–29 Nov 2026`, `November 2026`, `2026`."""
    from babel.dates import format_date, format_interval, format_skeleton

    begin, end = (local(at, zone).date() for at in (period.from_ms + HALF_DAY_MS, period.to_ms - HALF_DAY_MS))
    name = locale_name()
    match period.span:
        case EnergySpan.DAY:
            return format_date(begin, "full", locale=name)
        case EnergySpan.WEEK:
            return format_interval(begin, end, "yMMMd", locale=name).replace("\u2009", "")  # not in every font
        case EnergySpan.MONTH:
            return format_skeleton("yMMMM", begin, locale=name)
        case EnergySpan.YEAR:
            return format_skeleton("y", begin, locale=name)


def interval_labels(period: CalendarSpan, zone: tzinfo) -> tuple[str, ...]:
    """A label per interval of the period: the hour, the weekday with its day, the day, or the month."""
    from babel.dates import format_skeleton

    skeleton = {EnergySpan.DAY: "Hm", EnergySpan.WEEK: "Ed", EnergySpan.MONTH: "d", EnergySpan.YEAR: "MMM"}[period.span]
    shift = 0 if period.span is EnergySpan.DAY else HALF_DAY_MS
    times = (local(at + shift, zone).replace(tzinfo=None) for at in period.edges_ms[:-1].tolist())
    if period.span is EnergySpan.MONTH:
        return tuple(str(time.day) for time in times)
    return tuple(format_skeleton(skeleton, time, locale=locale_name()) for time in times)


def amount(value: float | None, unit: str = "") -> Amount:
    """An amount with digits by its size."""
    size = abs(value) if value is not None and isfinite(value) else 0.0
    return Amount(value, 2 if size < 10 else 1 if size < 1000 else 0, unit)


def temperature(celsius: float) -> Amount:
    """A temperature in °C in the unit in which temperatures are shown."""
    return Amount(from_canonical(celsius, temperature_unit(), Quantity.TEMPERATURE), 1, temperature_unit())


def degree_hours(kelvin_hours: float | None) -> Amount:
    """An exposure in K·h in degrees of the unit in which temperatures are shown."""
    each, unit = (1.8, "°F·h") if temperature_unit() == "°F" else (1.0, "K·h")
    return Amount(None if kelvin_hours is None else each * kelvin_hours, 1, unit)


def percent(share: float | None, digits: int = 0) -> Amount:
    """A share of 0 to 1 as percent."""
    return Amount(None if share is None else 100 * share, digits, "%")


def change(total: float | None, before: float | None) -> Cell:
    """Change against the period before: `+12 %`; unknown where one of both is."""
    if total is None or before is None or not (isfinite(total) and isfinite(before)) or before <= 0:
        return Amount(None)
    percents = 100 * (total / before - 1)
    if abs(percents) < NO_CHANGE:
        return "±0 %"
    return f"{'+' if percents > 0 else '−'}{format_decimal(abs(percents))} %"


def changed_by(total: float | None, before: float | None) -> str:
    """The same with words, for the note of a key figure; empty where it is not known."""
    found = change(total, before)
    return tr("{change} against the period before", change=found) if isinstance(found, str) else ""


def duration_text(ms: float | None) -> str:
    """A duration in the largest fitting unit: `40 s`, `12 min`, `3.5 h`, `2.1 d`; a dash for None."""
    if ms is None or not isfinite(ms):
        return "–"
    for unit, size in ((tr("d"), 86_400_000), (tr("h"), 3_600_000), ("min", 60_000)):
        if ms >= size * (1 if size > 60_000 else 0.99):
            value = ms / size
            return f"{format_decimal(value, 0 if unit == 'min' else 1)} {unit}"
    return f"{format_decimal(ms / 1000)} s"


def framed(
    title: str, source: ReportSource, sections: Sequence[ReportSection], *, assumptions: Sequence[str]
) -> ReportDocument:
    """The document around the sections: heading, facts, and the sources and assumptions at the end."""
    twin, zone, period = source.twin, source.zone, source.period
    facts = [(tr("Building"), twin.name)]
    if twin.site.name and twin.site.name != twin.name:
        facts.append((tr("Site"), twin.site.name))
    begin, end = (moment_text(at, zone) for at in (period.from_ms, source.until_ms))
    facts.append((tr("Period"), f"{begin} – {end}"))
    if source.until_ms < period.to_ms:
        facts.append((tr("State"), tr("The period is not over: what comes later is not in this report.")))
    facts += [
        (tr("Time zone"), zone_name(twin.site)),
        (tr("Made"), tr("{time} by Oikos", time=moment_text(source.now_ms, zone))),
    ]
    if source.untold is not None:
        assumptions = (*assumptions, tr(
            "Rooms are joined until they are meant for five people together, so that nothing here tells of one person; what"
            " stays too small has no room."
        ))  # fmt: skip
    last = ReportSection(tr("Sources and assumptions"), (ReportLines(tuple(assumptions), small=True),))
    return ReportDocument(
        title=title, building=twin.name, period=period_name(period, zone), facts=tuple(facts),
        sections=(*sections, last), labels=report_labels(), language=current_language(), number=format_decimal,
    )  # fmt: skip


def report_labels() -> ReportLabels:
    """Texts that the writers add to every report."""
    return ReportLabels(
        unknown=tr("unknown"), page=tr("Page {page} of {pages}"), program="Oikos", contents=tr("Overview")
    )


def unknown_rule() -> str:
    """How unknown stretches are treated, for the assumptions."""
    return tr(
        "What was not recorded is shown as unknown and is never counted as zero. Coverage is the share of the elapsed"
        " period of which the value is known."
    )
