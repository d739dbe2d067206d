"""Carbon emissions of energy: factors by region and year with their sources.

CO2 and CO2e are never mixed: a factor names its gas. Where the year of use has no factor, the latest earlier one is
used and marked older; a year before all of them has none.
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
    """Kind of document that a factor was taken from."""

    OFFICIAL = "official"
    """The publication of the source itself."""
    PRESS = "press"
    """A newspaper's report of it."""
    SECOND_HAND = "second_hand"
    """A third party's table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonFactor:
    """Emission factor: kg of `gas` (CO2, CO2e) per `unit` of `what`, for a region (ISO 3166 country, or `CN-North`)
    and year.
    """

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
        """Whether the factor was not taken from the publication itself; shown beside every figure derived from it."""
        return self.provenance is not Provenance.OFFICIAL


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedFactor:
    """The factor used for a year; `older`: from an earlier year; `wider`: of the whole country instead of the region."""

    factor: CarbonFactor
    older: bool
    wider: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonShare:
    """Emissions of one year: `kg` = `used` x factor; None where no factor is known."""

    year: int
    used: float
    kg: float | None
    factor: UsedFactor | None


def factor_table(text: str) -> tuple[CarbonFactor, ...]:
    """Factors from CSV text with the columns region, year, what, value, unit, gas, source and optionally provenance
    (default `second_hand`). Raises ValueError where a row is invalid.
    """
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
    """The region's factor of that year, else its latest earlier one, else the country's likewise; None where there is
    none.
    """
    country = region.partition("-")[0]
    candidates = [one for one in factors if one.what == what and one.region in (region, country) and one.year <= year]
    best = max(candidates, key=lambda one: (one.region == region, one.year), default=None)
    if best is None:
        return None
    return UsedFactor(factor=best, older=best.year < year, wider=best.region != region)


def carbon(
    factors: Iterable[CarbonFactor], region: str, what: str, years: Iterable[int], used: Numbers
) -> tuple[CarbonShare, ...]:
    """Emissions by year: the use (n,) in the years (n,) summed and multiplied with the year's factor. NaN use counts
    as 0.
    """
    table = tuple(factors)
    year_of = np.fromiter(years, np.int64)
    found: list[CarbonShare] = []
    for year in np.unique(year_of).tolist():
        total = float(np.nan_to_num(used[year_of == year]).sum())
        factor = factor_for(table, region, what, year)
        kg = None if factor is None else total * factor.factor.value
        found.append(CarbonShare(year=year, used=total, kg=kg, factor=factor))
    return tuple(found)
