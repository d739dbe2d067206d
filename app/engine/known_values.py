"""What is known of an open project's points and devices before anything is reported: the last values."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from app.engine.context import EngineContext
from app.engine.history_recorder import PRESENCE, latest
from app.engine.ingest import Ingest
from twin.model.batch import Batch
from twin.model.change import DeviceOnline
from twin.model.device import Device
from twin.model.ids import point_id
from twin.model.observation import Observation, Quality
from twin.model.state import State
from twin.model.twin import Twin
from twin.store.history import History


def known_values(state: State, devices: Iterable[Device]) -> Batch:
    """A batch of the last values of these devices' points."""
    found = (state.index(point.id) for device in devices for point in device.points)
    rows = np.array([row for row in found if row is not None], np.intp)
    return state.batch(rows[state.time_ms[rows] != 0])


async def show_last_recorded(context: EngineContext, twin: Twin, history: History, ingest: Ingest) -> None:
    """Publishes the last recorded values as stale, and recorded absences of devices."""
    there = {point_id(device.id, PRESENCE): device.id for device in twin.devices}
    points = [*(point.id for point in twin.points), *there]
    now = context.now_ms()
    found = await context.run_blocking(lambda: latest(history, points, now))
    for point, device in there.items():
        if (known := found.pop(point, None)) is not None and not known.value:
            context.bus.publish(DeviceOnline(device, online=False, time_ms=known.time_ms))
    ingest.restate(
        Observation(point, known.time_ms, known.value, max(Quality.STALE, known.quality))
        for point, known in found.items()
    )
