"""`zigbee`: one changed device of a thousand in a Zigbee2MQTT bridge's list, from the broker to the twin, in CPU time.

The yardstick reads the whole list once with the standard library's JSON decoder.
"""

from __future__ import annotations

import asyncio
import gc
import json
import statistics
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.bench.harness.result import Result, UnmeasurableError
from app.bench.harness.zigbee_bridge import BASE, INFO, BridgeProcess, Json, bridge_process, copies, recorded_folder
from devices.lab.mosquitto import BrokerFacts, Mosquitto

if TYPE_CHECKING:
    from app.engine.engine import Engine

DEVICES = 1000
MOST_MS, MOST_KB = 20.0, 50.0
PATIENCE_S = 120.0
POLL_S = 0.1
QUIET_S = 1.0
"""Time (seconds) without noticeable work after which a change is over."""
IDLE_S = 0.005
"""CPU seconds of an idle engine in QUIET_S, at most."""
WRITTEN = Path("/proc/self/io")


def run(quick: bool) -> Result:
    """Median CPU milliseconds of the engine for one renamed device, and kB written, by a real broker. What the engine at rest
    spends in the same time is not counted.
    """
    coordinator, devices = copies(DEVICES, recorded_folder())
    listed = [coordinator, *(one.listed for one in devices)]
    with (
        tempfile.TemporaryDirectory() as folder,
        _broker(Path(folder)) as facts,
        bridge_process(facts.host, facts.port, Path(folder)) as bridge,
    ):
        bridge.publish({f"{BASE}/bridge/info": json.dumps(INFO), f"{BASE}/bridge/devices": json.dumps(listed)})
        ours, yard, written = _measured(bridge, facts, listed, Path(folder), 3 if quick else 9)
    figure, yardstick, written_kb = statistics.median(ours), statistics.median(yard), statistics.median(written)
    ok = figure <= MOST_MS and written_kb <= MOST_KB
    return Result(
        figure=figure,
        unit="ms",
        yardstick=yardstick,
        ratio=figure / yardstick,
        goal=f"≤ {MOST_MS:g} ms, ≤ {MOST_KB:g} kB",
        ok=ok,
        note=f"{written_kb:.1f} kB written" + ("" if ok else "; look at what goes through all devices for one of them"),
        more=(("written_kb", written_kb), ("list_mb", len(json.dumps(listed)) / 1e6)),
    )


@contextmanager
def _broker(folder: Path) -> Generator[BrokerFacts]:
    with asyncio.Runner() as runner:
        broker = Mosquitto(folder, tls=False)
        facts = runner.run(broker.start())
        try:
            yield facts
        finally:
            runner.run(broker.stop())


def _measured(
    bridge: BridgeProcess, facts: BrokerFacts, listed: list[Json], folder: Path, rounds: int
) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of each change, milliseconds of the yardstick beside it, and kB written."""
    from app.engine.engine import Engine

    engine = Engine(folder / "home")
    engine.start()
    try:
        engine.new_project(str(folder / "bench.oikos")).result(30)
        engine.add(facts.url).result(PATIENCE_S)
        found = [_changed(bridge, engine, listed, number) for number in range(rounds + 1)][1:]
    finally:
        engine.stop()
    ours, yard, written = zip(*found, strict=True)
    return list(ours), list(yard), list(written)


def _changed(bridge: BridgeProcess, engine: Engine, listed: list[Json], number: int) -> tuple[float, float, float]:
    at, name = len(listed) // 2 + number, f"renamed {number}"
    listed[at] = listed[at] | {"friendly_name": name}
    whole = json.dumps(listed)
    prepared = bridge.prepared({f"{BASE}/bridge/devices": whole})
    _quiet()
    gc.collect()
    began = time.process_time()
    json.loads(whole)
    yard_s = time.process_time() - began
    written, began, start = _written_bytes(), time.process_time(), time.monotonic()
    bridge.send(prepared)
    id = next((one.id for one in engine.twin.devices if one.uid.endswith(str(listed[at]["ieee_address"]))), None)
    end = time.monotonic() + PATIENCE_S
    while id is None or engine.twin.device_of[id].name != name:
        if time.monotonic() > end:
            raise UnmeasurableError("the changed device did not come")
        time.sleep(POLL_S)  # noqa: TID251 - to be told would be work of this process, too
    idle_s = _quiet() * (time.monotonic() - start) / QUIET_S
    return (time.process_time() - began - idle_s) * 1000, yard_s * 1000, (_written_bytes() - written) / 1000


def _quiet() -> float:
    """Waits until this process has no more to do; the CPU seconds of that last wait."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        began = time.process_time()
        time.sleep(QUIET_S)  # noqa: TID251 - that nothing happens is what is waited for
        if (spent := time.process_time() - began) <= IDLE_S:
            return spent
    raise UnmeasurableError("the engine does not come to rest")


def _written_bytes() -> int:
    """Bytes that this process has written to files."""
    try:
        fields = dict(line.split(": ") for line in WRITTEN.read_text("ascii").splitlines())
    except OSError:
        raise UnmeasurableError("this system does not tell what a process writes") from None
    return int(fields["wchar"])
