"""What a client's screen is told when its engine is lost: the same as an engine tells of links and devices that are gone; and
how long it waits before another attempt where only a person can help."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from twin.model.batch import Batch, PointTable
from twin.model.change import Change, DeviceOnline, LinkChanged
from twin.model.observation import Quality
from twin.model.problem import Problem
from twin.model.twin import Twin

NO_ACCESS, NO_ACCESS_PAUSE_S = frozenset({"door.unknown_token", "door.expired"}), 300.0
NEW_TOKEN_HELPS = NO_ACCESS | {"door.not_attached", "door.certificate"}
"""Problems that end with a certificate that the user has compared, and a token."""
LONG_PAUSE_S = dict.fromkeys(NO_ACCESS, NO_ACCESS_PAUSE_S) | {"engine.opening": math.inf}
"""Seconds until the next attempt after problems that only a person can solve: wrong tokens pause an address."""


def changes_of_loss(twin: Twin, problem: Problem, now_ms: int) -> Iterator[Change]:
    """Every link is off and every device is offline, with the problem as the reason."""
    for link in twin.links:
        yield LinkChanged(link.id, "off", problem.what)
    for device in twin.devices:
        yield DeviceOnline(device.id, online=False, time_ms=now_ms, reason=problem.what)


def values_of_loss(points: PointTable, now_ms: int) -> Batch:
    """No point has a value any more: OFFLINE without a number, as an engine restates points of devices that are gone. So
    means of rooms and of the building are unknown, too."""
    count = len(points)
    no = np.zeros(count, np.bool_)
    return Batch(
        points,
        np.arange(count, dtype=np.intp),
        np.full(count, now_ms, np.int64),
        np.full(count, np.nan),
        np.full(count, Quality.OFFLINE, np.uint8),
        dated=no,
        late=no,
        restated=True,
    )
