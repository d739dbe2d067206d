"""Points that one gesture commands are read together, whatever they say."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.view.feed import Feed
from app.view.panel import point_group
from app.view.panel.point_group import PointGroup
from twin.model.device import Point, PointInfo
from twin.model.ids import DeviceId, PointId
from twin.model.observation import ENUM_OFFSET, StringTable, decode
from twin.model.state import State

MODES = (("auto", "eco"), ("eco", "auto", "off"))
"""Two makers' words for the same codes."""


@dataclass
class Columns:
    """As much of the feed as a group reads."""

    live: State
    state: State
    strings: StringTable


def _point(number: int, capability: str, options: tuple[str, ...] = ()) -> Point:
    info = PointInfo(key="k", capability=capability, options=options, writable=True)
    return Point(id=PointId(f"p{number}"), device=DeviceId(f"d{number}"), info=info)


def _group(points: list[Point], values: list[float]) -> tuple[PointGroup, Columns]:
    state = State(point.id for point in points)
    state.value[:] = values
    strings = StringTable()
    strings.code("holiday")
    columns = Columns(state, state, strings)
    return PointGroup(cast("Feed", columns), points), columns


NOTHING = float("nan")
CODES = st.sampled_from([0.0, 1.0, 2.0, float(ENUM_OFFSET), NOTHING])


@given(st.lists(st.tuples(CODES, st.sampled_from(MODES)), min_size=1, max_size=12), st.booleans())
def test_a_group_says_what_its_points_say_one_by_one(told: list[tuple[float, tuple[str, ...]]], enum: bool) -> None:
    points = [_point(n, "raw_enum" if enum else "level", words if enum else ()) for n, (_, words) in enumerate(told)]
    group, columns = _group(points, [value for value, _ in told])
    each = (decode(point, value, columns.strings) for point, (value, _) in zip(points, told, strict=True))
    assert group.values() == Counter(each)


def test_a_point_that_the_screen_does_not_know_has_no_value() -> None:
    known, unknown = _point(1, "on_off"), _point(2, "on_off")
    group, columns = _group([known], [1.0])
    group = PointGroup(cast("Feed", columns), [known, unknown])
    assert group.values() == Counter({True: 1, None: 1})


def test_a_value_that_hundreds_have_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def counted(point: Point, value: float, strings: StringTable) -> Any:
        asked.append(value)
        return decode(point, value, strings)

    monkeypatch.setattr(point_group, "decode", counted)
    group, _ = _group([_point(n, "on_off") for n in range(500)], [float(n % 2) for n in range(500)])
    assert group.values() == Counter({True: 250, False: 250})
    assert len(asked) == 2
