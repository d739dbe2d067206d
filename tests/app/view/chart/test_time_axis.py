"""Labels of the clock stand at local midnight, whatever a clock does in between."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from app.view.chart.axis import TimeAxis, ValueAxis
from twin.model.capability import CAPABILITIES

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai", "America/Sao_Paulo")


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoneInfo]:
    """The machine's clock stands in this zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield ZoneInfo(request.param)
    monkeypatch.undo()
    time.tzset()


def ticks(axis: TimeAxis, start: datetime, days: float, width_px: int = 900) -> tuple[float, list[float]]:
    ((step, values),) = axis.tickValues(start.timestamp(), start.timestamp() + days * 86400, width_px)
    return step, values


@pytest.mark.parametrize("start", [(2026, 10, 22), (2026, 3, 26), (2026, 10, 30), (2026, 4, 2)])
@pytest.mark.parametrize("days", [5, 7, 8, 30, 90, 400])
def test_days_and_months_stand_at_local_midnight_through_clock_changes(
    app: QApplication, zone: ZoneInfo, start: tuple[int, int, int], days: int
) -> None:
    axis = TimeAxis()
    step, values = ticks(axis, datetime(*start, 10, 30, tzinfo=zone), days)
    assert step >= 43200
    shown = [datetime.fromtimestamp(value, zone) for value in values]
    assert len(values) >= 3
    assert all((when.hour % 12, when.minute) == (0, 0) for when in shown)
    labels = axis.tickStrings([v for v, when in zip(values, shown, strict=True) if when.hour == 0], 1.0, step)
    assert len(set(labels)) == len(labels)


@given(st.integers(0, 366 * 24), st.floats(0.01, 700.0), st.integers(200, 3000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_labels_rise_lie_inside_and_stay_few(app: QApplication, hour: int, days: float, width_px: int) -> None:
    start = datetime.fromtimestamp(1_767_225_600 + hour * 3600, ZoneInfo("UTC"))
    _, values = ticks(TimeAxis(), start, days, width_px)
    assert values == sorted(set(values))
    assert all(start.timestamp() <= value <= start.timestamp() + days * 86400 + 1 for value in values)
    assert len(values) <= width_px / 60 + 2


def test_the_unit_of_a_raw_number_is_on_the_axis_as_plain_text(app: object) -> None:
    axis = ValueAxis()
    axis.show_row(replace(CAPABILITIES["raw_number"], own_unit="<b>kvarh</b>"), ())
    assert axis.label.toPlainText().strip() == "<b>kvarh</b>"
