"""Ten protocols in one project for a day: what their devices report in 24 hours goes through a real engine in minutes.

    uv run python -m tests.devices.day_of_reports [--share 1.0]

Each message is the bytes that a recorded device sends; the engine's clock goes on by half a minute after each half minute's
messages. Reports go through links, ingest, bus, rules, recorder and the inbox of a window that drains. Memory is that of the
process after half of the day and at its end.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import tempfile
import threading
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from app.engine.engine import Engine
from app.engine.reading import ProjectReader
from app.inbox import Inbox
from devices.contract import AdapterContext, AdapterSession, Secret, Service
from devices.link import LinkState
from tests.devices.recorded_controllers import TEN_WIRES
from tests.devices.recorded_wires import Opened, Wire
from tests.devices.replay_protocols import SHARED
from twin.model.candidate import Candidate
from twin.model.capability import ValueType
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.device import Link
from twin.model.ids import LinkId
from twin.model.state import State
from twin.rules.automation import Automation, Became, RunMode, Wait
from twin.rules.definition_body import definition_of
from twin.rules.selector import of_point

DAY_MS, STEP_MS = 86_400_000, 30_000
BEGIN_MS = 1_893_456_000_000
"""1 January 2030, UTC: no history takes a day before that of its own build for true."""
MESSAGES = {
    "mqtt": 17_280, "shelly": 8_640, "knx": 86_400, "esphome": 20_160, "homekit": 6_048, "bacnet": 72_000, "hue": 4_320,
    "wled": 1_440, "modbus": 2_880, "matter": 20_160,
}  # fmt: skip
"""Messages of a day by protocol: 60 Zigbee devices every 5 minutes, a Shelly every 10 s, 60 KNX addresses every minute, 14
entities of ESPHome every minute, 21 HomeKit accessories every 5 minutes, 50 BACnet objects every minute, 3 Hue lights and a WLED
controller every minute, a SunSpec inverter every 30 s, 14 attributes of Matter nodes every minute."""
STATUS = Path("/proc/self/status")
WARM = 0.5
"""Share of the day after which memory counts: caches are full then."""
RATIO = 1.05
"""Most memory at the end, as a multiple of that after the half."""
RULES = 40
FRAME_S = 0.016
QUIET_S = 0.001
PATIENCE_S = 60.0


@dataclass(slots=True)
class Day:
    """What came of a day."""

    messages: dict[str, int] = field(default_factory=dict[str, int])
    reports: int = 0
    kept: int = 0
    """Reports that became observations."""
    unaccounted: int = 0
    """Reports that are neither observations nor counted as refused, repeated or strange."""
    rows: int = 0
    """Values read back from the history once it was closed."""
    merged: int = 0
    """Observations that the history dropped because its queue was full."""
    gaps: dict[str, int] = field(default_factory=dict[str, int])
    """Half minutes in which a protocol told something of which the history has nothing."""
    runs: int = 0
    """Starts of rules."""
    drained: int = 0
    """Values that the window took."""
    warm_mb: float = 0.0
    end_mb: float = 0.0
    seconds: float = 0.0

    @property
    def ratio(self) -> float:
        """Memory at the end, as a multiple of that after the half."""
        return self.end_mb / self.warm_mb if self.warm_mb else 1.0


class _RecordedAdapter:
    """An adapter whose sessions talk with a recorded wire."""

    def __init__(self, protocol: str, opened: Opened, stack: AsyncExitStack, folder: Path) -> None:
        self.protocol, self.title, self.service_types, self.schemes = protocol, protocol, (), (protocol,)
        self._opened, self._stack, self._folder = opened, stack, folder
        self.wire: Wire | None = None

    def claim(self, service: Service) -> Candidate | None:
        """Nothing: nothing is found on a network."""

    def link(self, target: str | Candidate) -> Link:
        """The one link of the protocol."""
        return Link(id=LinkId(self.protocol), protocol=self.protocol, address=str(target), title=self.protocol)

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> AdapterSession:
        """The session of the wire."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.wire = await self._stack.enter_async_context(self._opened(SHARED, self._folder))
        return self.wire.session

    def push(self, n: int) -> None:
        """Sends the n-th message."""
        assert self.wire is not None
        self.wire.push(n)


class _Window:
    """Drains an inbox as a window does, once each frame, on a thread of its own."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox, self._state, self.taken = inbox, State(), 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.wait(FRAME_S):
            self._drain()
        self._drain()

    def _drain(self) -> None:
        for batch in self._inbox.drain()[0]:
            self._state.extend(batch.table.points)
            rows = np.array([self._state.index(batch.table.points[int(row)]) for row in batch.row], np.intp)
            self._state.apply_rows(rows, batch.value, batch.time_ms, batch.quality)
            self.taken += len(batch)

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()


class DayOfReports:
    """An engine with links of all protocols, and its day. `share`: of the day's length, for a test."""

    def __init__(self, folder: Path, share: float = 1.0) -> None:
        self._folder, self._share = folder, share
        self._now_ms = BEGIN_MS
        self._engine = Engine(folder / "home", now_ms=lambda: self._now_ms, lived_ms=None)
        self._stack = AsyncExitStack()
        self._adapters = {
            protocol: _RecordedAdapter(protocol, opened, self._stack, folder / protocol)
            for protocol, opened in TEN_WIRES.items()
        }
        self._engine.context.__dict__["adapters"] = self._adapters
        self._told: dict[str, set[int]] = {protocol: set() for protocol in self._adapters}
        self._pushed = dict.fromkeys(self._adapters, 0)
        self._rows: dict[str, np.ndarray] = {}

    def run(self) -> Day:
        """Lives through the day. Raises TimeoutError where a protocol whose devices report is not heard."""
        engine, day = self._engine, Day()
        engine.start()
        try:
            engine.new_project(str(self._folder / "day.oikos")).result(PATIENCE_S)
            for protocol in self._adapters:
                engine.add(f"{protocol}://recorded").result(PATIENCE_S)
            states = {one.link.protocol: one.state for one in engine.links().result(PATIENCE_S)}
            assert states == dict.fromkeys(self._adapters, LinkState.ONLINE), states
            self._add_rules()
            window = _Window(inbox := Inbox())
            leave = engine.attach(inbox).result(PATIENCE_S)
            began_s = time.perf_counter()
            engine.context.loop.submit(self._live(day), name="day").result(3600)
            day.seconds = time.perf_counter() - began_s
            leave()
            window.stop()
            day.drained, day.messages = window.taken, dict(self._pushed)
            day.runs = len(engine.run_log(BEGIN_MS, BEGIN_MS + 2 * DAY_MS, 1_000_000).result(PATIENCE_S))
            self._account(day)
            engine.context.loop.submit(self._end(), name="end").result(PATIENCE_S)
        finally:
            engine.stop()
        self._read_back(day)
        return day

    def _add_rules(self) -> None:
        points = [one for one in self._engine.twin.points if one.capability.type is ValueType.NUMBER]
        step = max(1, len(points) // RULES)
        rules = [
            Automation(
                id=f"rule {n}",
                mode=RunMode.RESTART,
                triggers=(Became(selector=of_point(point.id), above=10.0, for_ms=60_000, deadband=0.5),),
                actions=(Wait(for_ms=60_000),),
            )
            for n, point in enumerate(points[::step])
        ]
        edits = [DefinitionEdit(DefinitionKind.AUTOMATION, one.id, definition_of(one)) for one in rules]
        self._engine.change_definitions(edits).result(PATIENCE_S)

    async def _live(self, day: Day) -> None:
        steps = round(DAY_MS * self._share / STEP_MS)
        for step in range(steps):
            self._now_ms = BEGIN_MS + (step + 1) * STEP_MS
            due = {name: round(MESSAGES[name] * (step + 1) * STEP_MS / DAY_MS) for name in self._adapters}
            await self._told_all({name: count for name, count in due.items() if count > self._pushed[name]})
            if step == round(steps * WARM):
                day.warm_mb = _held_mb()
        day.end_mb = _held_mb()

    async def _told_all(self, due: dict[str, int]) -> None:
        """Sends the messages up to these numbers, and waits until all of these protocols were heard and none says more."""
        for name, count in due.items():
            for n in range(self._pushed[name], count):
                self._adapters[name].push(n)
            self._pushed[name] = count
            self._told[name].add(self._now_ms)
        counts, last = self._engine.session.ingest.counts, -1
        async with asyncio.timeout(PATIENCE_S):
            while counts.reports != last or not all(self._is_heard(name) for name in due):
                last = counts.reports
                await asyncio.sleep(QUIET_S)

    def _is_heard(self, protocol: str) -> bool:
        """Whether a value of the protocol has come in this half minute."""
        state = self._engine.session.state
        if protocol not in self._rows:
            points = (point for one in self._engine.twin.devices if one.link == protocol for point in one.points)
            self._rows[protocol] = np.array([state.index(point.id) for point in points], np.intp)
        return bool((state.time_ms[self._rows[protocol]] >= self._now_ms).any())

    async def _end(self) -> None:
        await self._engine.session.links.stop_all()
        await self._stack.aclose()

    def _account(self, day: Day) -> None:
        """Adds what the engine counted."""
        session = self._engine.session
        counts = session.ingest.counts
        session.history.flush()
        day.reports, day.kept, day.merged = counts.reports, counts.kept, session.history.counts.merged
        day.unaccounted = counts.reports - counts.kept - counts.echoes - counts.strange - counts.refused - counts.unsaid

    def _read_back(self, day: Day) -> None:
        """Adds what the history on disk has."""
        with ProjectReader.open(self._folder / "day.oikos") as reader:
            assert reader.history is not None
            for protocol, told in self._told.items():
                found = set[int]()
                for point in (p for one in reader.twin.devices if one.link == protocol for p in one.points):
                    times, values, _ = reader.history.raw(point.id, BEGIN_MS, BEGIN_MS + 2 * DAY_MS)
                    times = times[~np.isnan(values)]
                    day.rows += len(times)
                    found |= set((times - times % STEP_MS).tolist())
                day.gaps[protocol] = len(told - found)


def _held_mb() -> float:
    """Memory of this process that is of no file (proc(5), status), in use or swapped out; pages of files come and go with what
    others need. 0 where the system does not tell it so."""
    gc.collect()
    if not STATUS.exists():
        return 0.0
    told = dict(line.split(":", 1) for line in STATUS.read_text("ascii").splitlines())
    return sum(int(told[part].split()[0]) for part in ("RssAnon", "VmSwap")) * 1024 / 1e6


def main() -> int:
    """Lives through the day and prints what came of it; 1 where memory grew or a report was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--share", type=float, default=1.0, help="share of the day")
    with tempfile.TemporaryDirectory(prefix="oikos-day-") as folder:
        day = DayOfReports(Path(folder), parser.parse_args().share).run()
    for protocol, count in day.messages.items():
        print(f"{protocol:8} {count:7} messages, {day.gaps[protocol]} half minutes lost")
    print(
        f"{sum(day.messages.values())} messages, {day.reports} reports in {day.seconds:.0f} s ({day.reports / day.seconds:.0f} /s); "
        f"{day.kept} observations, {day.rows} rows in the history, {day.merged} merged, {day.unaccounted} unaccounted for; "
        f"{day.runs} runs of rules; {day.drained} values to the window"
    )
    print(f"{day.warm_mb:.1f} MB after half a day, {day.end_mb:.1f} MB at the end: {day.ratio:.3f}")
    return 0 if day.ratio <= RATIO and not any(day.gaps.values()) and not day.merged and not day.unaccounted else 1


if __name__ == "__main__":
    sys.exit(main())
