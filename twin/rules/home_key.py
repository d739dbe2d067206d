"""Keys of `RuleView` by which rules read the state of the home, which is recorded under the same ids.

`HOME_KEY`: 1 at home, 0 away, as those of the capability presence. `ASLEEP_KEY`: 1 asleep, 0 awake;
rules set it by `on` and `off`, schedules by numbers.
"""

from __future__ import annotations

from twin.model.device import Point, PointInfo
from twin.model.ids import DeviceId, PointId

HOME_PREFIX = "home:"
HOME_KEY, ASLEEP_KEY = "home:presence", "home:asleep"
HOME_POINTS = (
    Point(
        id=PointId(HOME_KEY), device=DeviceId("home"),
        info=PointInfo(key="presence", capability="presence", label="Presence of the home"),
    ),
    Point(
        id=PointId(ASLEEP_KEY), device=DeviceId("home"),
        info=PointInfo(key="asleep", capability="raw_bool", label="Sleep of the home"),
    ),
)  # fmt: skip
"""The points of the history that have the state of the home; no device has them."""
HOME_IDS = frozenset(point.id for point in HOME_POINTS)
