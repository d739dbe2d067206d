"""`energy`: the report of a year of a hundred meters, compared with reading their quarter-hours alone."""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.bench.harness.result import Result
from app.bench.harness.timing import interleaved
from app.engine.energy_reports import EnergyAccounts
from twin.model.device import Device, DeviceInfo, Link, PointInfo, device_from_description
from twin.model.energy import EnergySetup, EnergySpan, Medium, PriceHours, SupplyTariff
from twin.model.ids import LinkId
from twin.model.twin import Twin
from twin.store.history import History, WriterPace

METERS, DAYS = 100, 365
GOAL_S = 0.3
START_MS = 1_735_689_600_000
"""2025-01-01T00:00Z."""
DAY_MS, QUARTER_MS, READ_MS = 86_400_000, 900_000, 300_000


@dataclass(frozen=True, slots=True)
class _Site:
    twin: Twin
    history: History


def run(quick: bool) -> Result:
    """CPU seconds of both: main meter, ten boards, plugs; a tariff with night hours. The history is written before."""
    days = 60 if quick else DAYS
    with _site(days) as site:
        now_ms = START_MS + days * DAY_MS
        setup = EnergySetup(
            region="GB", area_m2=1000.0,
            tariffs=(SupplyTariff(medium=Medium.ELECTRICITY, first="2024-01-01", currency="GBP", prices=(PriceHours(price=0.25), PriceHours(price=0.12, begin=0, end=420))),),
        )  # fmt: skip
        found = interleaved(
            {
                "ours": lambda: _spent(lambda: EnergyAccounts(site.twin, site.history, setup).report(EnergySpan.YEAR, now_ms - 1, now_ms)),
                "yard": lambda: _spent(lambda: [site.history.quarter_use(one.id, START_MS, now_ms) for one in site.twin.points]),
            },
            2 if quick else 5,
        )  # fmt: skip
    goal = GOAL_S * days / DAYS if quick else GOAL_S
    ok = found["ours"] <= goal
    return Result(
        figure=found["ours"],
        unit="s",
        yardstick=found["yard"],
        ratio=found["ours"] / found["yard"],
        goal=f"≤ {goal:.2g} s",
        ok=ok,
        note="" if ok else "profile twin/insight/energy_*: each meter is read once, and divided by parts once",
        more=(("meters", float(METERS)), ("days", float(days))),
    )


def _spent(work: Callable[[], object]) -> float:
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


@contextmanager
def _site(days: int) -> Generator[_Site]:
    link = Link(id=LinkId("bench"), protocol="bench", address="here")
    devices = tuple(_device(number, link) for number in range(METERS))
    times = np.arange(START_MS, START_MS + days * DAY_MS, READ_MS, dtype=np.int64)
    with tempfile.TemporaryDirectory(prefix="oikos-bench-") as folder:
        pace = WriterPace(flush_s=0.05, seal_rows=10**9, seal_s=10**9)
        with History.open(Path(folder) / "energy.oikos-history", pace=pace) as history:
            history.declare([point for device in devices for point in device.points])
            for number, device in enumerate(devices):
                steps = np.random.default_rng(number).integers(0, 12, len(times))
                weight = METERS if number == 0 else 9 if number <= 10 else 1
                history.bulk(device.points[0].id, times, np.cumsum(steps * weight).astype(np.float64))
            history.seal()
            yield _Site(Twin(links=(link,), devices=devices), history)


def _device(number: int, link: Link) -> Device:
    name = "Main meter" if number == 0 else f"Board {number}" if number <= 10 else f"Plug {number}"
    kind = "meter" if number <= 10 else "plug"
    point = PointInfo(key="energy_import", capability="energy_import")
    made = device_from_description(DeviceInfo(uid=f"m{number}", name=name, kind=kind, points=(point,)), link)
    return replace(made, room=None)
