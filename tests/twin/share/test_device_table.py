"""The table of devices: one row each, unknown is empty, and a spreadsheet runs nothing that a device is called."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from twin.model.device import DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId
from twin.model.observation import Observation, Quality, StringTable
from twin.model.problem import ProblemError
from twin.model.state import State
from twin.model.twin import Twin
from twin.share import device_table

LINK = Link(id=LinkId("l"), protocol="mqtt", address="mqtt://broker")


def home() -> tuple[Twin, State]:
    info = DeviceInfo(
        uid="a",
        name='=HYPERLINK("x")',
        points=(PointInfo(key="t", capability="temperature"), PointInfo(key="s", capability="on_off")),
    )
    one = device_from_description(info, LINK)
    other = device_from_description(replace(info, uid="b", name="Cellar"), LINK)
    twin = Twin(devices=(one, other))
    state = State(point.id for point in twin.points)
    state.apply(Observation(one.points[0].id, 1_764_000_000_000, 21.5))
    state.apply(Observation(one.points[1].id, 1_764_000_000_000, 1.0))
    state.apply(Observation(other.points[0].id, 1_764_000_000_000, 5.0, Quality.OFFLINE))
    return twin, state


def test_each_device_is_a_row_and_what_is_not_known_is_empty(tmp_path: Path) -> None:
    twin, state = home()
    wanted = {device.id for device in twin.devices}
    out = tmp_path / "devices.csv"
    assert device_table.write(twin, state, StringTable(), {twin.devices[0].id: True}, wanted, out) == 2
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    assert [row["name"] for row in rows] == ['\'=HYPERLINK("x")', "Cellar"]
    assert [row["temperature [°C]"] for row in rows] == ["21.5", ""]
    assert [row["on_off"] for row in rows] == ["1", ""]
    assert [row["online"] for row in rows] == ["1", ""]
    assert rows[0]["last_heard"].startswith("2025-11-24T")


def test_a_table_is_written_again_and_never_over_something_else(tmp_path: Path) -> None:
    twin, state = home()
    wanted = {twin.devices[1].id}
    out = tmp_path / "devices.csv"
    for _ in range(2):
        assert device_table.write(twin, state, StringTable(), {}, wanted, out) == 1
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear all")
    with pytest.raises(ProblemError):
        device_table.write(twin, state, StringTable(), {}, wanted, letter)
    assert letter.read_text() == "Dear all"
