"""A device with two relays and two sensors: a command never guesses which one `DEVICE/capability` means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from tests.app.test_cli import no_log_left_open, oikos
from twin.model.device import DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId
from twin.store.project import Project

__all__ = ["no_log_left_open", "oikos"]

POINTS = (
    PointInfo(key="1.on_off", capability="on_off", label="Left", writable=True),
    PointInfo(key="2.on_off", capability="on_off", label="Right", writable=True),
    PointInfo(key="in/t", capability="temperature", label="Inlet"),
    PointInfo(key="out/t", capability="temperature", label="Outlet"),
    PointInfo(key="power", capability="power"),
)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    path = tmp_path / "house.oikos"
    link = Link(id=LinkId("l"), protocol="nowhere", address="far away")
    relay = device_from_description(DeviceInfo(uid="u", name="Relay", points=POINTS), link)
    with Project.create(path, name="House") as project:
        project.add_link(link)
        project.put_devices((relay,))
    return path


@pytest.mark.parametrize(
    "words",
    [
        "set {} Relay/on_off on", "set {} relay/on_off toggle", "history {} Relay/on_off", "meter {} Relay/on_off",
        "schedule {} add Day 07:00=1 --control Relay/on_off", "care {} --agree Anna --inside Relay/on_off",
        "care {} --agree Anna --lamp Relay/on_off",
    ],
)  # fmt: skip
def test_what_may_be_two_points_is_refused_with_the_names_of_both(words: str, house: Path, oikos: Any) -> None:
    (problem,) = oikos(*words.format(house).split(), code=1)["problems"]
    assert problem["code"] == "several.point_of_device"
    assert "Relay/1.on_off (Left), Relay/2.on_off (Right)" in problem["remedy"]
    with Project.open(house, readonly=True) as project:
        assert project.twin().definitions.schedules == ()


def test_a_listed_name_means_its_point_and_an_id_stands_where_a_key_has_a_slash(house: Path, oikos: Any) -> None:
    shown = [oikos("get", house, f"Relay/{key}")["points"] for key in ("1.on_off", "Right", "power")]
    assert [[point["title"] for point in points] for points in shown] == [["Left"], ["Right"], ["Power"]]
    remedy = oikos("history", house, "Relay/temperature", code=1)["problems"][0]["remedy"]
    ids = [point["id"] for point in oikos("get", house, "Relay/temperature")["points"]]
    assert remedy.endswith(f"{ids[0]} (Inlet), {ids[1]} (Outlet)")
    assert oikos("history", house, ids[1])["point"] == ids[1]


def test_reading_shows_every_point_of_the_capability(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["get", str(house), "Relay/on_off"]) == 0
    told = capsys.readouterr().out
    assert "Left" in told
    assert "Right" in told
