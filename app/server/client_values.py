"""Values as a client receives them: columns of a message become a batch."""

from __future__ import annotations

import numpy as np

from app.server.messages import Values
from twin.model.batch import Batch, PointTable
from twin.model.ids import PointId


def batch_of(values: Values, points: PointTable) -> Batch:
    """The batch of a message; its fresh points are added to `points`."""
    points.extend(PointId(point) for point in values.fresh)
    row = np.frombuffer(values.row, "<u4").astype(np.intp)
    return Batch(
        points,
        row,
        np.frombuffer(values.time_ms, "<i8"),
        np.frombuffer(values.value, "<f8"),
        np.frombuffer(values.quality, np.uint8),
        np.frombuffer(values.dated, np.bool_),
        np.zeros(len(row), np.bool_),
        values.restated,
    )
