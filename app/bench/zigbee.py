"""`zigbee`: one changed, one new and one removed device of a thousand in a Zigbee2MQTT bridge's list, from the broker to the
twin, in CPU time.

The yardstick reads the whole list once with the standard library's JSON decoder.
"""

from __future__ import annotations

import asyncio
import gc
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.bench.harness.result import Result, UnmeasurableError
from app.bench.harness.zigbee_bridge import BASE, INFO, BridgeProcess, Json, bridge_process, copies, recorded_folder
from devices.lab.mosquitto import BrokerFacts, Mosquitto

if TYPE_CHECKING:
    from app.engine.engine import Engine

DEVICES = 1000
MOST_MS, MOST_KB = 20.0, 50.0
MOST_OTHER_MS = 50.0
"""For a new device, and for one that is removed."""
PATIENCE_S = 120.0
POLL_S = 0.1
QUIET_S = 1.0
"""Time (seconds) without noticeable work after which a change is over."""
IDLE_S = 0.005
"""CPU seconds of an idle engine in QUIET_S, at most."""
WRITTEN = Path("/proc/self/io")


def run(quick: bool) -> Result:
    """Median CPU milliseconds of the engine for one renamed device, and kB written, by a real broker; beside it those for a new
    and for a removed one. What the engine at rest spends in the same time is not counted.
    """
    rounds = 3 if quick else 9
    coordinator, devices = copies(DEVICES + rounds + 1, recorded_folder())
    listed = [coordinator, *(one.listed for one in devices[:DEVICES])]
    others = [one.listed for one in devices[DEVICES:]]
    with (
        tempfile.TemporaryDirectory() as folder,
        _broker(Path(folder)) as facts,
        bridge_process(facts.host, facts.port, Path(folder)) as bridge,
    ):
        bridge.publish({f"{BASE}/bridge/info": json.dumps(INFO), f"{BASE}/bridge/devices": json.dumps(listed)})
        spent = _measured(bridge, facts, listed, others, Path(folder))
    changed, new, removed = (statistics.median([one.ours_ms for one in each]) for each in spent)
    yardstick, written_kb = (
        statistics.median([getattr(one, part) for one in spent[0]]) for part in ("yard_ms", "written_kb")
    )
    ok = changed <= MOST_MS and max(new, removed) <= MOST_OTHER_MS and written_kb <= MOST_KB
    return Result(
        figure=changed,
        unit="ms",
        yardstick=yardstick,
        ratio=changed / yardstick,
        goal=f"≤ {MOST_MS:g} ms, ≤ {MOST_KB:g} kB; new, removed ≤ {MOST_OTHER_MS:g} ms",
        ok=ok,
        note=f"{written_kb:.1f} kB written; new {new:.1f} ms, removed {removed:.1f} ms"
        + ("" if ok else "; look at what goes through all devices for one of them"),
        more=(
            ("written_kb", written_kb),
            ("new_ms", new),
            ("removed_ms", removed),
            ("list_mb", len(json.dumps(listed)) / 1e6),
        ),
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


@dataclass(frozen=True, slots=True)
class _Spent:
    """CPU milliseconds of the engine and of the yardstick beside it, and kB written, for one list."""

    ours_ms: float
    yard_ms: float
    written_kb: float


def _measured(
    bridge: BridgeProcess, facts: BrokerFacts, listed: list[Json], others: list[Json], folder: Path
) -> tuple[list[_Spent], list[_Spent], list[_Spent]]:
    """What was spent for each device that was renamed, was new, and was removed; the first of each does not count."""
    from app.engine.engine import Engine

    engine = Engine(folder / "home")
    changed, new, removed = list[_Spent](), list[_Spent](), list[_Spent]()
    engine.start()
    try:
        engine.new_project(str(folder / "bench.oikos")).result(30)
        engine.add(facts.url).result(PATIENCE_S)
        for number, other in enumerate(others):
            address = str(other["ieee_address"])
            changed.append(_renamed(bridge, engine, listed, number))
            new.append(_spent(bridge, [*listed, other], lambda address=address: _is_described(engine, address)))
            removed.append(_spent(bridge, listed, lambda address=address: not _is_described(engine, address)))
    finally:
        engine.stop()
    return changed[1:], new[1:], removed[1:]


def _renamed(bridge: BridgeProcess, engine: Engine, listed: list[Json], number: int) -> _Spent:
    at, name = len(listed) // 2 + number, f"renamed {number}"
    listed[at] = listed[at] | {"friendly_name": name}
    uid = str(listed[at]["ieee_address"])
    id = next((one.id for one in engine.twin.devices if one.uid.endswith(uid)), None)
    return _spent(bridge, listed, lambda: id is not None and engine.twin.device_of[id].name == name)


def _is_described(engine: Engine, address: str) -> bool:
    """Whether the bridge's device is one of its link."""
    return any(one.uid.endswith(address) for link in engine.session.links.running for one in link.devices)


def _spent(bridge: BridgeProcess, listed: list[Json], is_done: Callable[[], bool]) -> _Spent:
    """What is spent for a list, until the engine has taken it over and is at rest again."""
    whole = json.dumps(listed)
    prepared = bridge.prepared({f"{BASE}/bridge/devices": whole})
    _quiet()
    gc.collect()
    began = time.process_time()
    json.loads(whole)
    yard_s = time.process_time() - began
    written, began, start = _written_bytes(), time.process_time(), time.monotonic()
    bridge.send(prepared)
    end = time.monotonic() + PATIENCE_S
    while not is_done():
        if time.monotonic() > end:
            raise UnmeasurableError("the changed list did not come")
        time.sleep(POLL_S)  # noqa: TID251 - to be told would be work of this process, too
    idle_s = _quiet() * (time.monotonic() - start) / QUIET_S
    return _Spent((time.process_time() - began - idle_s) * 1000, yard_s * 1000, (_written_bytes() - written) / 1000)


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
