"""Carbon of energy: factors by region and year with their sources, and each kilogram back to its factor.

CO2 and CO2e are never mixed: a factor names its gas. Where the year of use has no factor, the last one before it is taken and
called older; a year before all of them takes none.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

type Numbers = NDArray[np.float64]


class Provenance(StrEnum):
    """Kind of document in which a factor was read."""

    OFFICIAL = "official"
    """In the publication of its source."""
    PRESS = "press"
    """In a newspaper's report of it."""
    SECOND_HAND = "second_hand"
    """In somebody else's table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonFactor:
    """kg of `gas` (CO2, CO2e) for one unit of `what` in a region (ISO 3166 country, or `CN-North`) and year."""

    region: str
    year: int
    what: str
    value: float
    unit: str
    gas: str
    source: str
    provenance: Provenance = Provenance.SECOND_HAND

    @property
    def second_hand(self) -> bool:
        """Whether nobody of us read it in the publication itself: to be said beside every figure that is made with it."""
        return self.provenance is not Provenance.OFFICIAL


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedFactor:
    """The factor for a year's use; `older`: it is of an earlier year; `wider`: of the whole country, not of the region."""

    factor: CarbonFactor
    older: bool
    wider: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonShare:
    """A year's part of a sum: `kg` = `used` x `factor`; no factor where nobody published one."""

    year: int
    used: float
    kg: float | None
    factor: UsedFactor | None


def factor_table(text: str) -> tuple[CarbonFactor, ...]:
    """The rows of a table with the columns region, year, what, value, unit, gas, source, and provenance (without it they are
    second hand); ValueError for one that is none."""
    rows = csv.DictReader(text.splitlines())
    try:
        return tuple(
            CarbonFactor(
                region=row["region"], year=int(row["year"]), what=row["what"], value=float(row["value"]), unit=row["unit"],
                gas=row["gas"], source=row["source"], provenance=Provenance(row.get("provenance") or "second_hand"),
            )
            for row in rows
        )  # fmt: skip
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a table of factors: {error}") from error


def factor_for(factors: Iterable[CarbonFactor], region: str, what: str, year: int) -> UsedFactor | None:
    """The region's factor of that year, else its last one before, else the country's; None where there is none."""
    country = region.partition("-")[0]
    candidates = [one for one in factors if one.what == what and one.region in (region, country) and one.year <= year]
    best = max(candidates, key=lambda one: (one.region == region, one.year), default=None)
    if best is None:
        return None
    return UsedFactor(factor=best, older=best.year < year, wider=best.region != region)


def carbon(
    factors: Iterable[CarbonFactor], region: str, what: str, years: Iterable[int], used: Numbers
) -> tuple[CarbonShare, ...]:
    """The use of each stretch (n,) in its year (n,), summed by year, with what it is multiplied by. Unknown use counts 0."""
    table = tuple(factors)
    year_of = np.fromiter(years, np.int64)
    found: list[CarbonShare] = []
    for year in np.unique(year_of).tolist():
        total = float(np.nan_to_num(used[year_of == year]).sum())
        factor = factor_for(table, region, what, year)
        kg = None if factor is None else total * factor.factor.value
        found.append(CarbonShare(year=year, used=total, kg=kg, factor=factor))
    return tuple(found)


def measured_carbon(used: Numbers, intensity: Numbers) -> Numbers:
    """(n,) kg from a recorded intensity (kg per unit) of the same stretches: it beats every table. NaN where not recorded."""
    return used * intensity
