"""What a person types: values, times, secrets."""

from __future__ import annotations

import argparse

import pytest

from app.cli.framework.parsing import moment, order, seconds
from app.cli.framework.secret_input import parsed
from app.cli.shot import size
from app.engine.reading import point_row
from app.i18n import remedy
from twin.model.device import DeviceInfo, Link, Point, PointInfo, device_from_description
from twin.model.ids import LinkId
from twin.model.observation import StringTable
from twin.model.problem import ProblemError

NOW = 1_763_894_400_000


def point(capability: str) -> Point:
    link = Link(id=LinkId("l"), protocol="test", address="here")
    return device_from_description(DeviceInfo(uid="u", name="n", points=(PointInfo(key="k", capability=capability, writable=True),)), link).points[0]  # fmt: skip


@pytest.mark.parametrize(
    ("capability", "text", "meant"),
    [
        ("on_off", "on", ("on", None)),
        ("on_off", "OFF", ("off", None)),
        ("on_off", "1", ("on", None)),
        ("on_off", "toggle", ("toggle", None)),
        ("mute", "muted", ("set", True)),
        ("level", "70%", ("set", 70.0)),
        ("level", "0.5 1", ("set", 50.0)),
        ("setpoint_heat", "21,5", ("set", 21.5)),
        ("setpoint_heat", "68 °F", ("set", pytest.approx(20.0))),
        ("setpoint_heat", "293.15 K", ("set", pytest.approx(20.0))),
        ("color_temperature", "2700K", ("set", 2700.0)),
        ("position", "open", ("open", None)),
        ("position", "stop", ("stop", None)),
        ("hvac_mode", "heat", ("set", "heat")),
        ("lock", "unlock", ("unlock", None)),
        ("color", "0.45,0.41", ("set", (0.45, 0.41))),
        ("scene", "Evening", ("activate", "Evening")),
    ],
)
def test_a_typed_text_means_a_verb_and_a_value(capability: str, text: str, meant: tuple[str, object]) -> None:
    assert order(point(capability), text) == meant


@pytest.mark.parametrize(
    ("capability", "text"), [("on_off", "maybe"), ("level", "lots"), ("level", "3 °C"), ("color", "red"), ("level", "")]
)
def test_what_means_nothing_is_a_problem_with_what_would(capability: str, text: str) -> None:
    with pytest.raises(ProblemError) as caught:
        order(point(capability), text)
    assert remedy(caught.value.problems[0])


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("now", NOW),
        ("-24h", NOW - 86_400_000),
        ("-1.5h", NOW - 5_400_000),
        ("-90s", NOW - 90_000),
        ("-10min", NOW - 600_000),
        ("-7d", NOW - 7 * 86_400_000),
        (str(NOW), NOW),
        ("1763894400", NOW),
        ("2025-11-23T10:40:00Z", NOW),
        ("2025-11-23T11:40:00+01:00", NOW),
        ("2025-11-23T10:40", NOW),
        ("2025-11-23", NOW - 38_400_000),
    ],
)
def test_a_time_is_typed_in_many_ways(text: str, meant: int) -> None:
    assert moment(text, NOW) == meant


@pytest.mark.parametrize("text", ["soon", "", "24h", "2025-13-01", "-5y"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        moment(text, NOW)


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "x"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        seconds(text)


@pytest.mark.parametrize("text", ["1280", "10x10", "99999x99999", "axb"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        size(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("anna:hunter2\n", ("anna", "hunter2")),
        ("anna\nhunter:2\n", ("anna", "hunter:2")),
        ("hunter2", ("", "hunter2")),
        ('{"user": "anna", "password": "a:b"}', ("anna", "a:b")),
        ("{not json", ("", "{not json")),
        ("", ("", "")),
    ],
)
def test_a_secret_has_four_forms(text: str, meant: tuple[str, str]) -> None:
    assert parsed(text) == meant


def test_a_raw_number_takes_its_own_unit_and_no_other() -> None:
    info = PointInfo(key="k", capability="raw_number", unit="Watt", writable=True)
    link = Link(id=LinkId("l"), protocol="test", address="here")
    (raw,) = device_from_description(DeviceInfo(uid="u", name="n", points=(info,)), link).points
    assert order(raw, "23.9 W") == order(raw, "23.9 Watt") == order(raw, "23.9") == ("set", 23.9)
    with pytest.raises(ProblemError):
        order(raw, "23.9 kg")


def test_a_point_says_what_a_command_to_it_may_say() -> None:
    infos = (
        PointInfo(key="n", capability="raw_number", unit="min", minimum=0.0, maximum=60.0, step=5.0, writable=True),
        PointInfo(key="e", capability="raw_enum", options=("eco", "boost"), writable=True),
        PointInfo(key="r", capability="raw_number", minimum=0.0),
    )
    device = device_from_description(
        DeviceInfo(uid="u", name="n", points=infos), Link(id=LinkId("l"), protocol="test", address="here")
    )
    number, choice, reading = (point_row(point, {}, StringTable()) for point in device.points)
    assert (number["range"], number["step"], number["unit"]) == ((0.0, 60.0), 5.0, "min")
    assert choice["options"] == ("eco", "boost")
    assert "range" not in reading
