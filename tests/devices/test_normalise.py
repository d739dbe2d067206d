"""From what a device said to an observation."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.i18n import what
from devices.normalise import MAX_WORDS, normalise
from twin.model.device import Point, PointInfo
from twin.model.ids import DeviceId, PointId
from twin.model.observation import Observation, Quality, Report, StringTable, decode, unpack_xy
from twin.model.problem import Problem

NOW = 1_790_000_000_000


def point(capability: str, **info: object) -> Point:
    return Point(id=PointId("d.k"), device=DeviceId("d"), info=PointInfo(key="k", capability=capability, **info))  # pyright: ignore[reportArgumentType]


def made(value: object, of: Point, strings: StringTable | None = None, **more: object) -> Observation | Problem:
    return normalise(Report("u", "k", value, **more), of, strings or StringTable(), NOW)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("capability", "info", "said", "value"),
    [
        ("temperature", {"unit": "°F"}, 68, 20.0), ("temperature", {"unit": "℃"}, "21.5", 21.5),
        ("temperature", {"scale": 0.01}, 2150, 21.5), ("energy_import", {"unit": "kWh"}, 1.5, 1500.0),
        ("voltage", {"unit": "mV"}, 3000, 3.0), ("pressure", {"unit": "hPa"}, 1013, 101_300.0),
        ("voc", {"unit": "ppb"}, 500, 0.5), ("level", {}, 100.4, 100.0), ("humidity", {}, -0.3, 0.0),
        ("raw_number", {"unit": "bananas"}, 7, 7.0), ("raw_number", {}, True, 1.0), ("on_off", {}, "ON", 1.0),
        ("contact", {}, False, 0.0), ("lock", {}, "locked", 0.0), ("raw_enum", {"options": ("a", "b")}, "b", 1.0),
    ],
)  # fmt: skip
def test_units_scales_and_words_become_the_canonical_number(
    capability: str, info: dict[str, object], said: object, value: float
) -> None:
    got = made(said, point(capability, **info))
    assert isinstance(got, Observation)
    assert got.value == pytest.approx(value)
    assert got.quality is Quality.GOOD


def test_a_device_s_own_limits_are_believed_where_they_are_wider_than_usual() -> None:
    heater = point("setpoint_heat", minimum=40.0, maximum=65.0)
    for said in (20.0, 60.0):
        got = made(said, heater)
        assert isinstance(got, Observation)
        assert got.value == said
    assert isinstance(made(60.0, point("setpoint_heat")), Problem)
    assert isinstance(made(90.0, heater), Problem)


@pytest.mark.parametrize(
    ("capability", "said"),
    [
        ("temperature", math.nan), ("temperature", math.inf), ("temperature", "-inf"), ("temperature", 5000.0),
        ("temperature", "warm"), ("temperature", "1" * 500), ("humidity", 150), ("power", 1e20), ("co2", -5.0),
        ("on_off", "perhaps"), ("color", "red"), ("color", (math.nan, 0.3)), ("raw_number", (1.0, 2.0)),
    ],
)  # fmt: skip
def test_nonsense_is_a_problem_that_names_the_device(capability: str, said: object) -> None:
    got = made(said, point(capability))
    assert isinstance(got, Problem)
    assert got.where == "u"
    assert len(what(got)) < 200


def test_no_value_is_kept_as_no_value() -> None:
    got = made(None, point("temperature"))
    assert isinstance(got, Observation)
    assert math.isnan(got.value)
    assert got.quality is Quality.BAD


@pytest.mark.parametrize(("told", "kept"), [(None, NOW), (NOW - 5000, NOW - 5000), (12, NOW), (NOW + 10**9, NOW)])
def test_a_clock_that_was_never_set_or_runs_ahead_is_not_believed(told: int | None, kept: int) -> None:
    got = made(20.0, point("temperature"), time_ms=told)
    assert isinstance(got, Observation)
    assert got.time_ms == kept


def test_free_text_is_cleaned_bounded_and_comes_back() -> None:
    strings, of = StringTable(), point("raw_text")
    got = made("a\x1b[31m\u202e b" + "x" * 500, of, strings)
    assert isinstance(got, Observation)
    text = decode(of, got.value, strings)
    assert isinstance(text, str)
    assert text.startswith("a[31m b")
    assert len(text) == 255


def test_a_device_that_invents_words_without_end_is_stopped() -> None:
    strings = StringTable(tuple(f"w{n}" for n in range(MAX_WORDS)))
    assert isinstance(made("one more", point("raw_text"), strings), Problem)
    assert isinstance(made("w7", point("raw_text"), strings), Observation)


def test_an_echo_stays_an_echo() -> None:
    got = made(True, point("on_off"), echo=True)
    assert isinstance(got, Observation)
    assert got.echo


@given(st.floats(0, 1), st.floats(0, 1))
def test_colours_survive(x: float, y: float) -> None:
    got = made((x, y), point("color"))
    assert isinstance(got, Observation)
    assert unpack_xy(got.value) == pytest.approx((x, y), abs=1e-4)


@given(st.none() | st.booleans() | st.floats() | st.text() | st.tuples(st.floats(), st.floats()),
       st.sampled_from(["temperature", "on_off", "lock", "color", "button", "raw_text", "level", "signal"]))  # fmt: skip
def test_whatever_is_said_the_result_is_finite_absent_or_a_problem(said: object, capability: str) -> None:
    got = made(said, point(capability))
    if isinstance(got, Observation) and got.quality is Quality.GOOD:
        assert math.isfinite(got.value)
