"""Comfort bands of values: their ratings, thresholds and sources."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Verdict(StrEnum):
    """Rating of the values in a band."""

    LOW = "low"
    GOOD = "good"
    FAIR = "fair"
    HIGH = "high"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class Comfort:
    """Comfort bands from low to high: `edges` rise, canonical unit; there is one verdict more than there are edges."""

    edges: tuple[float, ...]
    verdicts: tuple[Verdict, ...]
    source: str

    def bands(self, values: NDArray[np.float64]) -> NDArray[np.intp]:
        """(n,) index of the band of each value; a value on an edge counts to the better side; -1 for NaN."""
        made = np.searchsorted(self.edges, values, side="left")
        for i, edge in enumerate(self.edges):
            if _WORTH[self.verdicts[i + 1]] > _WORTH[self.verdicts[i]]:
                made[values == edge] = i + 1
        made[np.isnan(values)] = -1
        return made

    def good(self) -> tuple[float | None, float | None]:
        """Lower and upper limit of the good band, canonical unit; None where it is open."""
        at = self.verdicts.index(Verdict.GOOD)
        return (self.edges[at - 1] if at else None, self.edges[at] if at < len(self.edges) else None)

    def strain(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) distance of each value from the good band as a share of the span of the edges; 0 inside, NaN for NaN."""
        low, high = self.good()
        width = self.edges[-1] - self.edges[0] or abs(self.edges[0]) or 1.0
        under = np.maximum(0.0, low - values) if low is not None else np.zeros_like(values)
        over = np.maximum(0.0, values - high) if high is not None else np.zeros_like(values)
        return np.where(np.isnan(values), np.nan, (under + over) / width)


_WORTH = {Verdict.GOOD: 3, Verdict.FAIR: 2, Verdict.LOW: 1, Verdict.HIGH: 1, Verdict.POOR: 0}

_LOW, _GOOD, _FAIR, _HIGH, _POOR = Verdict.LOW, Verdict.GOOD, Verdict.FAIR, Verdict.HIGH, Verdict.POOR

# fmt: off
COMFORT: dict[str, Comfort] = {
    "temperature": Comfort((20.0, 26.0), (_LOW, _GOOD, _HIGH), "EN 16798-1:2019 annex B, category II: 20 °C while one heats, 26 °C while one cools"),
    "humidity": Comfort((30.0, 60.0), (_LOW, _GOOD, _HIGH), "EN 16798-1:2019 annex B: humidified up to 30 % (category I), dried down to 60 % (category II)"),
    "co2": Comfort((800.0, 1000.0, 1400.0), (_GOOD, _FAIR, _HIGH, _POOR), "EN 13779:2007 IDA 1 to 4 (400, 600, 1000 ppm over outdoor air of 400 ppm)"),
    "co": Comfort((9.0, 30.0), (_GOOD, _HIGH, _POOR), "WHO guidelines for indoor air quality 2010: 10 mg/m³ over 8 h, 35 mg/m³ over 1 h"),
    "pm25": Comfort((15.0, 25.0, 50.0), (_GOOD, _FAIR, _HIGH, _POOR), "WHO air quality guidelines 2021: 24 h level, interim targets 4 and 2"),
    "pm10": Comfort((45.0, 75.0), (_GOOD, _HIGH, _POOR), "WHO air quality guidelines 2021: 24 h level, interim target 3"),
    "voc": Comfort((0.22, 0.66), (_GOOD, _FAIR, _HIGH), "German Umweltbundesamt 2007, TVOC levels 2 and 3 (1 and 3 mg/m³ of the usual mixture)"),
    "air_quality": Comfort((50.0, 100.0, 150.0), (_GOOD, _FAIR, _HIGH, _POOR), "US EPA air quality index, breakpoints of its categories"),
    "illuminance": Comfort((300.0, 500.0), (_LOW, _FAIR, _GOOD), "EN 12464-1:2021, offices: 300 lx for filing and copying, 500 lx for writing and reading"),
    "noise": Comfort((55.0, 70.0), (_GOOD, _FAIR, _HIGH), "German ASR A3.7:2021, activity categories I and II"),
    "battery": Comfort((10.0, 25.0), (_POOR, _LOW, _GOOD), "no standard: a quarter left is time to buy, a tenth to change"),
    "signal": Comfort((-80.0, -67.0), (_LOW, _FAIR, _GOOD), "no standard: -67 dBm is the usual design limit of wireless voice, at -80 dBm links break"),
}
# fmt: on
"""Comfort bands by capability; capabilities without a row are not rated."""
