"""Adapter of the simulated demo home and office; every device reacts to commands.

URL: `simulated://home`, `simulated://office`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from urllib.parse import urlsplit

from devices.contract import AdapterContext, AdapterSession, Past, RefusedError, Secret, Service, SessionEvent
from devices.protocols.simulated.backfill import backfill
from devices.protocols.simulated.blueprint import load_blueprint
from devices.protocols.simulated.kept_counters import KeptCounters
from devices.protocols.simulated.radio_model import simulated_radio
from devices.protocols.simulated.simulated_points import device_description
from devices.protocols.simulated.simulator import SimulatedReport, Simulator
from twin.model.candidate import Candidate
from twin.model.capability import CAPABILITIES, ValueType
from twin.model.device import DeviceInfo, Link
from twin.model.ids import LinkId, derived
from twin.model.observation import Report, Value, pack_xy, unpack_xy
from twin.model.radio_map import RadioSurvey
from twin.model.report_columns import ReportColumns, ReportTable
from twin.model.text import Text

TICK_S = 1.0
ANSWER_S = 0.08
"""Seconds until a simulated device reports the effect of a command."""


class SimulatedAdapter:
    """Adapter of simulated buildings, whose values follow from a physical model."""

    protocol = "simulated"
    title = "Simulated"
    service_types: tuple[str, ...] = ()
    schemes = ("simulated",)
    surveys_radio = True

    def claim(self, service: Service) -> Candidate | None:
        """Always None: simulated devices are not announced on a network."""
        del service

    def link(self, target: str | Candidate) -> Link:
        """The link of `simulated://NAME`. Raises ProblemError where there is no such building."""
        address = target if isinstance(target, str) else target.key
        name = address.strip().partition("://")[2].partition("/")[0]
        blueprint = load_blueprint(name)
        return Link(
            id=LinkId(derived("link", "simulated", name)),
            protocol=self.protocol,
            address=f"simulated://{name}",
            title=blueprint.name,
        )

    def past(self, link: Link, start_ms: int, end_ms: int) -> Iterator[Past]:
        """Values that the building's devices would have reported between two times, UTC ms."""
        return backfill(urlsplit(link.address).netloc, start_ms, end_ms)

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> AdapterSession:
        """Opens a session; the simulator runs its warm-up hours in a worker thread. Raises ProblemError for an unknown
        building.
        """
        del secret
        name = urlsplit(link.address).netloc

        def begin() -> Simulator:
            kept = KeptCounters.of(link, adapter_context.project, adapter_context.folder)
            return Simulator(load_blueprint(name), time.time_ns() // 1_000_000, kept)

        return _Session(await asyncio.to_thread(begin))


class _Session:
    """Session of one simulated building."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._table = ReportTable()
        self._stir = asyncio.Event()
        self._closed = False

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """Every device of the building."""
        blueprint = self._simulator.blueprint
        return tuple(
            device_description(blueprint, device, self._simulator.keys[device.uid]) for device in blueprint.devices
        )

    async def events(self) -> AsyncIterator[SessionEvent]:
        """Yields the changed values, each second and ANSWER_S after a command."""
        while not self._closed:
            now_ms = time.time_ns() // 1_000_000
            spoken = await asyncio.to_thread(self._advanced, now_ms)
            if spoken:
                reports = (Report(uid, key, report_value(key, value)) for uid, key, value in spoken)
                yield ReportColumns.of(reports, self._table)
            self._stir.clear()
            try:
                await asyncio.wait_for(self._stir.wait(), TICK_S)
                await asyncio.sleep(ANSWER_S)
            except TimeoutError:
                continue

    def _advanced(self, now_ms: int) -> list[SimulatedReport]:
        spoken = self._simulator.advance(now_ms)
        self._simulator.keep_counters()
        return spoken

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Sets a point by command. Raises RefusedError for a point that the device does not have."""
        if key not in self._simulator.keys.get(uid, ()):
            raise RefusedError(Text("reason.gone_point"))
        if verb == "stop":
            self._simulator.stop(uid)
        else:
            self._simulator.set_command(uid, key, self._number(uid, key, verb, value))
        self._stir.set()

    def _number(self, uid: str, key: str, verb: str, value: Value) -> float:
        fixed = {"on": 1.0, "off": 0.0, "open": 100.0, "close": 0.0, "lock": 0.0, "unlock": 1.0}
        if verb in fixed:
            return fixed[verb]
        if verb == "toggle":
            return 0.0 if (self._simulator.last_report(uid, key) or 0.0) > 0 else 1.0
        if verb == "step" and isinstance(value, int | float):
            return min(100.0, max(1.0, (self._simulator.last_report(uid, key) or 0.0) + value))
        if isinstance(value, tuple):
            return pack_xy(*value)
        if isinstance(value, str) and value in ("off", "heat"):
            return float(value == "heat")
        if isinstance(value, int | float):
            return float(value)
        raise RefusedError(Text("reason.meaningless", verb=verb, value=str(value)))

    async def survey_radio(self, progress: Callable[[float], None]) -> RadioSurvey | None:
        """The radio links that the building's devices would have."""
        del progress
        now_ms = time.time_ns() // 1_000_000
        return await asyncio.to_thread(simulated_radio, self._simulator.blueprint, now_ms)

    async def close(self) -> None:
        """Stops the simulation."""
        self._closed = True
        self._stir.set()
        await asyncio.to_thread(self._simulator.keep_counters, at_once=True)


def report_value(key: str, value: float) -> Value:
    """Converts a number of the simulation to a value of the point's capability."""
    row = CAPABILITIES[key]
    if row.type is ValueType.BOOL:
        return value > 0
    if row.type is ValueType.XY:
        return unpack_xy(value)
    if key == "hvac_mode":
        return ("off", "heat")[int(value)]
    if row.type is ValueType.ENUM:
        return row.options[int(value)]
    return value


ADAPTER = SimulatedAdapter()
