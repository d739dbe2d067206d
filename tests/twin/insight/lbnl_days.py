"""Judges the days of LBNL's labelled air handlers by our rules, and prints how many with a fault were found, and how many
without one were named.

`python -m tests.twin.insight.lbnl_days FOLDER`: the folder has SZCAV.csv, SZVAV.csv, MZVAV-2-1.csv and MZVAV-2-2.csv of the
data set that Granderson et al. describe in Scientific Data 7, 2020 (doi.org/10.1038/s41597-020-0398-6), minutes in °F and
inches of water; it has no licence, so that it is not kept here. The fan's rise is learned from the first day without a fault.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.insight.air_handler_points import Role
from twin.insight.air_handler_rules import RULES, Numbers, air_side, judge

UNITS = ("SZCAV", "SZVAV", "MZVAV-2-1", "MZVAV-2-2")
TRUTH = "Fault Detection Ground Truth"
TEMPERATURES = {
    Role.SUPPLY: "Supply Air Temperature", Role.RETURN: "Return Air Temperature", Role.MIXED: "Mixed Air Temperature",
    Role.OUTDOOR: "Outdoor Air Temperature", Role.SETPOINT: "Supply Air Temperature Set Point",
    Role.HEATING_SETPOINT: "Supply Air Temperature Heating Set Point",
    Role.COOLING_SETPOINT: "Supply Air Temperature Cooling Set Point",
}  # fmt: skip
SHARES = {
    Role.HEATING_VALVE: "Heating Coil Valve Control Signal", Role.COOLING_VALVE: "Cooling Coil Valve Control Signal",
    Role.DAMPER: "Outdoor Air Damper Control Signal", Role.FAN_SPEED: "Supply Air Fan Speed Control Signal",
}  # fmt: skip
PRESSURES = {
    Role.PRESSURE: "Supply Air Duct Static Pressure",
    Role.PRESSURE_SETPOINT: "Supply Air Duct Static Pressure Set Point",
}
PA_EACH_INCH = 249.089


@dataclass(frozen=True)
class Days:
    """Days of one unit: with a fault, those of them that were found, without one, those of them that were named."""

    faulty: int
    found: int
    normal: int
    named: int


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def day_of(text: str) -> int:
    """The day of `2008-05-07 00:00:00` or `3/11/2017 0:00`."""
    if "-" in text:
        return date.fromisoformat(text[:10]).toordinal()
    month, day, year = text.partition(" ")[0].split("/")
    return date(int(year), int(month), int(day)).toordinal()


def five_minutes(values: Numbers) -> Numbers:
    """Means of five minutes; NaN where none is known."""
    by_five = values[: len(values) // 5 * 5].reshape(-1, 5)
    known = np.isfinite(by_five)
    total = np.where(known, by_five, 0).sum(1)
    return np.divide(total, known.sum(1), out=np.full(len(by_five), np.nan), where=known.any(1))


def read(file: Path) -> tuple[NDArray[np.int64], dict[str, Numbers]]:
    """The day of each mean, and the columns by name."""
    with file.open(encoding="utf-8-sig") as text:
        head, *rows = csv.reader(text)
    names = [one.strip().removeprefix("AHU: ") for one in head]
    columns = {name: five_minutes(np.array([number(row[at]) for row in rows])) for at, name in enumerate(names) if at}
    day = np.array([day_of(row[0]) for row in rows])[: len(rows) // 5 * 5 : 5]
    return day, columns


def series_of(columns: dict[str, Numbers]) -> dict[Role, Numbers]:
    """The roles that a unit has, in °C, % and Pa."""
    found = {role: (columns[name] - 32) / 1.8 for role, name in TEMPERATURES.items() if name in columns}
    found |= {role: 100 * columns[name] for role, name in SHARES.items() if name in columns}
    found |= {role: PA_EACH_INCH * columns[name] for role, name in PRESSURES.items() if name in columns}
    return found | {Role.FAN: columns["Supply Air Fan Status"]}


def judged_days(file: Path) -> Days:
    """The days of a unit by the labels and by our rules; the first one without a fault is learned from."""
    day, columns = read(file)
    truth, series = columns[TRUTH] > 0.5, series_of(columns)
    share = {one: float(truth[day == one].mean()) for one in np.unique(day).tolist()}
    faulty, normal = [one for one in share if share[one] > 0.5], [one for one in share if share[one] == 0]
    learned = air_side({role: values[day == normal[0]] for role, values in series.items()})
    side = replace(air_side(series), rise=learned.rise)
    rules = [rule for rule in RULES if all(role in side.series for role in rule.needs)]
    holds = np.any([judge(side, rule).holds for rule in rules], axis=0)
    named = set(day[holds].tolist())
    return Days(len(faulty), len(named & set(faulty)), len(normal) - 1, len(named & set(normal[1:])))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main(folder: Path) -> None:
    found = [judged_days(folder / f"{name}.csv") for name in UNITS]
    for name, days in zip(UNITS, found, strict=True):
        say(
            f"{name}: {days.found} of {days.faulty} days with a fault found, {days.named} of {days.normal} without named"
        )
    faulty, right = sum(one.faulty for one in found), sum(one.found for one in found)
    normal, wrong = sum(one.normal for one in found), sum(one.named for one in found)
    say(f"all: {right} of {faulty} with a fault found, {wrong} of {normal} without one named")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
