"""Energy reports of a project: the meters of its twin, read from its history by quarter-hours. Runs on the pool."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from threading import Event
from typing import cast

import msgspec
import numpy as np

from app.site_time import country_of, zone_name, zone_of
from twin.insight.calendar_span import span_at
from twin.insight.carbon import CarbonFactor, factor_table
from twin.insight.energy_cost import EnergyQuestion, ReadQuarters, as_tariff
from twin.insight.energy_figures import degree_day_figures, load_figures
from twin.insight.energy_in_groups import grouped_use
from twin.insight.energy_use import medium_report
from twin.insight.meter_tree import meter_places
from twin.insight.weather_fit import OutdoorHours, fit_edges, weather_fit
from twin.model.definition import DefinitionKind
from twin.model.energy import DegreeDayFigures, EnergyReport, EnergySetup, EnergySpan, Medium
from twin.model.ids import PointId, RoomId
from twin.model.meter import QuarterUse
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text, why
from twin.model.twin import Twin
from twin.rules.definition_body import read_body
from twin.rules.energy_definition import ENERGY_ID, EnergyDefinition
from twin.store.history import History
from twin.store.project import Project

SETTING = "energy"
"""Name of the setting that has the setup in a project of before step 25, until it is changed."""
MOST_METERS = 2_000
"""Most meters of a report."""
OUTDOOR_WORDS = re.compile(
    r"\b(outdoor|outside|weather|garden|terrace|balcony)\b|außen|wetter|室外|户外|天气", re.IGNORECASE
)
HOUR_MS = 3_600_000


@cache
def emission_factors() -> tuple[CarbonFactor, ...]:
    """The tables of emission factors in the assets; `ember.csv` has a licence of its own."""
    folder = files("assets").joinpath("carbon")
    names = ("factors.csv", "ember.csv")
    return tuple(one for name in names for one in factor_table(folder.joinpath(name).read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class EnergyAccounts:
    """A project's structure, setup and history, from which reports are computed."""

    twin: Twin
    history: History | None
    setup: EnergySetup
    dropped: Event = field(default_factory=Event)
    """Set to end the report under way with a ProblemError."""
    places: Mapping[RoomId, int] | None = None
    """Numbers of people that rooms are meant for, where use is told by groups of rooms; None: by room and device."""

    def report(self, span: EnergySpan, at_ms: int, now_ms: int) -> EnergyReport:
        """The report of the local day, week, month or year that contains `at_ms`, up to now."""
        begun_s = time.thread_time()
        site = self.twin.site
        zone = zone_of(site)
        period = span_at(span, at_ms, zone)
        until_ms = max(period.from_ms, min(now_ms, period.to_ms))
        question = EnergyQuestion(
            period=period, until_ms=until_ms, zone=zone, setup=self.setup, factors=emission_factors(),
            region=self.setup.region or country_of(site),
        )  # fmt: skip
        places = meter_places(self.twin, self.setup)
        if len(places) > MOST_METERS:
            raise ProblemError(Problem(code="energy.too_many", args={"n": len(places), "most": MOST_METERS}))
        reads = self._reads({one.point for one in places if one.main})
        media = [one for medium in Medium if (one := medium_report(question, medium, places, reads)) is not None]
        if (outdoor := self._outdoor_hours(question)) is not None:
            media = [replace(one, weather=weather_fit(question, one.medium, places, reads, outdoor)) for one in media]
        if (places_of := self.places) is not None:
            grouped = (grouped_use(one, self.twin, places_of) for one in media)
            media = [one for one in grouped if one is not None]
        return EnergyReport(
            span=span, from_ms=period.from_ms, to_ms=period.to_ms, until_ms=until_ms, before_ms=period.before_ms,
            zone=zone_name(site), edges_ms=period.edges_ms, media=tuple(media),
            load=load_figures(question, places, reads, sum(room.area_m2 for room in self.twin.rooms)),
            degree_days=self._degree_days(question), computed_s=time.thread_time() - begun_s,
        )  # fmt: skip

    def _reads(self, mains: set[PointId]) -> ReadQuarters:
        """Reads quarter-hours; those of main meters once, as several figures need them."""
        kept = cache(self._quarters)
        return lambda point, from_ms, to_ms: (kept if point in mains else self._quarters)(point, from_ms, to_ms)

    def _quarters(self, point: PointId, from_ms: int, to_ms: int) -> QuarterUse | None:
        if self.dropped.is_set():
            raise ProblemError(Problem(code="energy.dropped"))
        return None if self.history is None else self.history.quarter_use(point, from_ms, to_ms)

    def _degree_days(self, question: EnergyQuestion) -> DegreeDayFigures:
        point = self.setup.outdoor or outdoor_point(self.twin)
        found = self._temperatures(point, question.period.from_ms, question.quarters_to_ms)
        return degree_day_figures(question, point, found.times_ms, found.values_c)

    def _outdoor_hours(self, question: EnergyQuestion) -> OutdoorHours | None:
        """The outdoor temperature of the days of a fit; None where none is known."""
        point = self.setup.outdoor or outdoor_point(self.twin)
        days = fit_edges(question)
        return None if point is None else self._temperatures(point, int(days[0]), int(days[-1]))

    def _temperatures(self, point: PointId | None, begin: int, end: int) -> OutdoorHours:
        """Hourly means in [begin, end), UTC ms; nothing without a point."""
        if point is None or self.history is None or end <= begin:
            return OutdoorHours(np.zeros(0, np.int64), np.zeros(0))
        begin, end = begin // HOUR_MS * HOUR_MS, -(-end // HOUR_MS) * HOUR_MS
        values = self.history.means(point, begin, end, HOUR_MS)
        times = np.arange(begin, end, HOUR_MS, dtype=np.int64)
        return OutdoorHours(times, np.full(len(times), np.nan) if values is None else values)


def outdoor_point(twin: Twin) -> PointId | None:
    """The temperature of the only device with the name of an outdoor place; None for none or several."""
    found = [
        point.id
        for device in twin.devices
        if OUTDOOR_WORDS.search(device.name)
        for point in device.points
        if point.capability.id == "temperature"
    ]
    return found[0] if len(found) == 1 else None


def kept_setup(project: Project) -> EnergySetup:
    """The setup of a project; defaults where there is none. ProblemError where it cannot be read."""
    known = project.twin().definitions.find(DefinitionKind.ENERGY_SETUP, ENERGY_ID)
    if known is None:
        return read_setup(project.setting(SETTING))
    setup = cast("EnergyDefinition", read_body(DefinitionKind.ENERGY_SETUP, known)).setup
    return read_setup(msgspec.to_builtins(setup))


def read_setup(stored: object) -> EnergySetup:
    """The setup that a project's setting has; defaults where there is none. ProblemError where it cannot be read."""
    if stored is None:
        return EnergySetup()
    try:
        setup = msgspec.convert(stored, EnergySetup)
        for one in setup.tariffs:
            as_tariff(one)
    except (msgspec.ValidationError, ValueError) as error:
        raise ProblemError(Problem(code="energy.setup_unreadable", args={"why": why(error)})) from error
    return setup


def check_setup(setup: EnergySetup, twin: Twin) -> None:
    """ProblemError where a date, price or meter is wrong."""
    for one in setup.tariffs:
        try:
            as_tariff(one)
        except ValueError as error:
            raise ProblemError(Problem(code="energy.date", args={"date": one.first})) from error
        numbers = (one.standing_per_day, one.demand_per_kw, one.export_price, one.tax, *(p.price for p in one.prices))
        hours = all(0 <= p.begin < 1440 and 0 < p.end <= 1440 for p in one.prices)
        if not all(np.isfinite(number) for number in numbers) or not hours or one.tax < 0 or not _ascend(one.tiers):
            raise ProblemError(Problem(code="energy.price", args={"date": one.first}))
    for meter in (*setup.feeds, *(one for one in setup.feeds.values() if one), *setup.left_out):
        point = twin.point_of.get(meter)
        if point is None or not (point.capability.is_counter or point.capability.id == "power"):
            raise ProblemError(Problem(code="energy.no_meter", args={"point": meter}))
    if setup.outdoor is not None and setup.outdoor not in twin.point_of:
        raise ProblemError(
            Problem(
                code="energy.setup_unreadable",
                args={"why": Text("energy.wrong_value", name="outdoor", value=setup.outdoor)},
            )
        )
    for name, number, (least, most) in (
        ("contract_kg", setup.contract_kg, (0, 100)),
        ("base_c", setup.base_c, (-50, 50)),
    ):
        if number is not None and not least <= number <= most:
            raise ProblemError(
                Problem(
                    code="energy.setup_unreadable",
                    args={"why": Text("energy.wrong_value", name=name, value=str(number))},
                )
            )
    if setup.area_m2 is not None and not 0 < setup.area_m2 < 1e7:
        raise ProblemError(Problem(code="energy.area"))


def _ascend(tiers: tuple[tuple[float | None, float], ...]) -> bool:
    """Whether the limits of tiers ascend from above 0, only the last is open, and the surcharges are numbers."""
    limits = [np.inf if upto is None else upto for upto, _ in tiers]
    rising = all(below < limit for below, limit in zip([0.0, *limits], limits, strict=False))
    return rising and all(np.isfinite(surcharge) for _, surcharge in tiers)
