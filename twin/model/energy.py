"""Energy of a building: meters and what they feed, use in a period with its cost and emissions, and the settings of both.

Amounts are kWh, or m³ of water and gas. NaN and None mean unknown, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from twin.model.ids import DeviceId, PointId, RoomId, StoreyId
from twin.model.text import Text


class Medium(StrEnum):
    """What a meter measures."""

    ELECTRICITY = "electricity"
    GAS = "gas"
    WATER = "water"


UNITS = {Medium.ELECTRICITY: "kWh", Medium.GAS: "m³", Medium.WATER: "m³"}
"""Unit of the amounts of each medium."""


class Flow(StrEnum):
    """Direction of what a meter counts, as seen from the building."""

    USED = "used"
    EXPORTED = "exported"
    """Fed into the grid."""
    PRODUCED = "produced"
    """Made in the building, used there or exported."""


class EnergySpan(StrEnum):
    """Length of a period of the local calendar."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterPlace:
    """A meter in the tree: the point that is read, where it is, and the meter that feeds it."""

    point: PointId
    device: DeviceId
    title: str
    kind: str
    room: RoomId | None
    """The room whose use it measures; None for meters of a storey, an area or the whole building."""
    storey: StoreyId | None
    medium: Medium
    flow: Flow = Flow.USED
    parent: PointId | None = None
    main: bool = False
    """Whether it measures what comes into the building, or goes out of it."""
    by_power: bool = False
    """Whether the amount is the integral of a power, each value held until the next one, because there is no counter."""
    joined: bool = False
    """Whether it stands for the meters of a group of rooms, whose names are the title; `room` is then the first of them, None
    for rooms that are together meant for too few people; `point` and `device` are of no meter."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeterUse:
    """Use of one meter in a period, with what it feeds."""

    meter: MeterPlace
    use: NDArray[np.float64]
    """(n,) amount in each interval; NaN where nothing is known of it."""
    total: float
    """Sum of what is known; NaN where nothing is."""
    coverage: float
    """Share of the elapsed period that is known, 0 to 1."""
    estimated: float
    """Share of `total` that was spread over time without readings, 0 to 1."""
    before: float
    """Total of the period before, up to the same elapsed time; NaN where it is unknown or covered otherwise."""
    cost: float | None = None
    """Of the share that came from the grid, at the energy price of its time, with tax, without standing and demand charges;
    None without a price."""
    kg: float | None = None
    """Emissions of the share that came from the grid, by the location's factor; None without a factor."""
    own: float = float("nan")
    """`total` without the meters below it, in the time in which the building's total is known; NaN for meters of the whole."""
    own_cost: float | None = None
    own_kg: float | None = None
    suspected_ms: tuple[int, ...] = ()
    """Times (UTC ms) at which the meter seems to have been replaced without a mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostSummary:
    """Cost in a period, in the tariff's currency; tax is included except in `export`. NaN for an unknown part."""

    currency: str
    energy: float
    standing: float
    demand: float | None
    """None where it cannot be computed."""
    export: float
    unpriced: float
    """Amount without a price."""

    @property
    def total(self) -> float | None:
        """Sum of all parts; None where one of them is unknown."""
        if self.demand is None:
            return None
        total = self.energy + self.standing + self.demand + self.export
        return total if np.isfinite(total) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionRow:
    """Emissions of one year's use: `kg` = `used` x `factor`; None where there is no factor."""

    year: int
    used: float
    """NaN where unknown."""
    kg: float | None
    factor: float | None
    unit: str = ""
    gas: str = ""
    region: str = ""
    factor_year: int | None = None
    source: str = ""
    provenance: str = ""
    older: bool = False
    wider: bool = False
    """Whether the factor is of the whole country instead of the region."""
    market: bool = False
    """Whether the factor is of the supply contract (market based) instead of the location."""


def _none() -> NDArray[np.float64]:
    return np.zeros(0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeatherFit:
    """Daily use of the building against degree days, over the year up to the end of the period: `base` + `slope` x degree
    days. The figures are None where there are fewer than `needed` days, or where the use rises neither with cold nor heat.
    """

    days: int
    """Days of which use and outdoor temperature are known."""
    needed: int
    needed_for_bend: int = 0
    """Fewest days for which a bend is looked for."""
    base_c: float | None = None
    cooling: bool = False
    """Whether the use rises with heat instead of cold."""
    base: float | None = None
    slope: float | None = None
    r2: float | None = None
    cv_rmse: float | None = None
    """Root of the mean squared error by the mean use."""
    day_ms: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """(n,) begin of each of these days, UTC ms."""
    use: NDArray[np.float64] = field(default_factory=_none)
    """(n,) amount a day."""
    degree_days: NDArray[np.float64] = field(default_factory=_none)
    """(n,) K·d."""
    cusum: NDArray[np.float64] = field(default_factory=_none)
    """(n,) running sum of use minus expected use."""
    bend_ms: int | None = None
    """Begin of the first day after the clearest bend of `cusum`; None where none is clear."""
    bend_day: str = ""
    """The same as a local date, ISO 8601."""
    bend_change: float | None = None
    """Amount a day after it minus before, at the same degree days."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MediumReport:
    """One medium in a period."""

    medium: Medium
    unit: str
    total: float
    """What the building used: what came in, and was made, without what went out. NaN where unknown."""
    use: NDArray[np.float64]
    """(n,) the same in each interval."""
    before: float
    remainder: float
    """Part of `total` that no other meter measures; NaN where it is unknown, below 0 where the tree is wrong."""
    remainder_use: NDArray[np.float64]
    imported: float
    exported: float
    """NaN where what is fed into the grid is not metered."""
    produced: float
    measured: bool
    """Whether a main meter measures `total`; otherwise it is the sum of all meters, and the remainder is unknown."""
    coverage: float
    meters: tuple[MeterUse, ...]
    """Every meter, mains included, largest first."""
    cost: CostSummary | None = None
    emissions: tuple[EmissionRow, ...] = ()
    weather: WeatherFit | None = None
    """None for water, and where no main meter or outdoor temperature is known."""
    notes: tuple[Text, ...] = ()
    """What limits the figures: unknown stretches, suspected replacements, a wrong tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFigures:
    """Figures of the electrical load at the main meter; None where the data does not allow them."""

    base_w: float | None = None
    peak_w: float | None = None
    load_factor: float | None = None
    duration_w: tuple[float, ...] = ()
    """Power exceeded for 1, 10, 50, 90 and 99 % of the time."""
    curve_w: tuple[float, ...] = ()
    """Duration curve: power exceeded for 0, 1, ... 100 % of the time."""
    outside_hours: float | None = None
    """Share of the use outside workdays 7 to 18 o'clock."""
    intensity: float | None = None
    """kWh per m² and year: of the last twelve months."""
    area_m2: float | None = None
    area_is_rooms: bool = True
    """Whether the area is the sum of the rooms' instead of a stated one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DegreeDayFigures:
    """Degree days of the period from the recorded outdoor temperature."""

    point: PointId | None = None
    base_c: float = 15.0
    heating: float | None = None
    cooling: float | None = None
    coverage: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EnergyReport:
    """Energy in a period of the local calendar: [from, to), UTC ms, elapsed up to `until_ms`."""

    span: EnergySpan
    from_ms: int
    to_ms: int
    until_ms: int
    before_ms: int
    """Begin of the period before."""
    zone: str
    edges_ms: NDArray[np.int64]
    media: tuple[MediumReport, ...]
    load: LoadFigures = field(default_factory=LoadFigures)
    degree_days: DegreeDayFigures = field(default_factory=DegreeDayFigures)
    computed_s: float = 0.0
    """CPU seconds that the report took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceHours:
    """A price per unit from a minute of the local day up to another (0 to 1440, past midnight where it is not after)."""

    price: float
    begin: int = 0
    end: int = 1440
    workdays: bool | None = None
    """True: Monday to Friday only; False: the other days; None: all days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyTariff:
    """A tariff of a medium from a local day on (ISO date) up to the next one's."""

    medium: Medium
    first: str
    currency: str = "EUR"
    prices: tuple[PriceHours, ...] = ()
    """The first that fits applies."""
    tiers: tuple[tuple[float | None, float], ...] = ()
    """(up to this use of the month, surcharge per unit), ascending; None for no limit."""
    standing_per_day: float = 0.0
    demand_per_kw: float = 0.0
    export_price: float = 0.0
    tax: float = 0.0
    """0.19 is 19 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergySetup:
    """Settings of the energy page, kept in the project."""

    tariffs: tuple[SupplyTariff, ...] = ()
    region: str = ""
    """Region of the emission factors (`GB`, `CN-East`); empty: the country of the site's time zone."""
    contract_kg: float | None = None
    """kg CO2e per kWh of the electricity contract (market based)."""
    contract_source: str = ""
    feeds: Mapping[PointId, PointId] = field(default_factory=dict[PointId, PointId])
    """By meter, the meter that feeds it; empty text: a main meter. Others are proposed from kinds, names and storeys."""
    left_out: tuple[PointId, ...] = ()
    """Meters that are not counted, such as a second one of the same circuit."""
    area_m2: float | None = None
    """Heated area; None: sum of the rooms' areas."""
    base_c: float = 15.0
    outdoor: PointId | None = None
    """The outdoor temperature; None: proposed from names."""
