"""What is said and shown of the change between two moments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QDate, QDateTime, QTime

from app.view.i18n import set_language
from app.view.scene.data.comparison import ComparedMoment, RoomChanges, change_of, signed
from app.view.scene.overlay.comparison_legend import between, counts
from app.view.theme import DARK, LIGHT
from twin.model.capability import CAPABILITIES
from twin.model.state import State

T0, T1 = 1_800_000_000_000, 1_800_003_600_000
NAN = float("nan")


def change(capability: str, shown: list[float], other: list[float], *, compare_ms: int = T0,
           shown_ms: int | None = None, options: tuple[str, ...] = (), last: RoomChanges | None = None) -> RoomChanges:  # fmt: skip
    between = np.array(shown, float), np.array(other, float)
    return change_of(
        CAPABILITIES[capability],
        between,
        ComparedMoment(State(), compare_ms, shown_ms),
        LIGHT,
        options=options,
        last=last,
    )


@pytest.fixture(autouse=True)
def english(app: object) -> None:
    set_language("en", "°C")


@pytest.mark.parametrize(("capability", "value", "said"), [
    ("temperature", 1.24, "+1.2 K"), ("temperature", -0.5, "−0.5 K"), ("temperature", 0.04, "±0 K"),
    ("co2", -150.0, "−150 ppm"), ("humidity", 5.2, "+5 pp"), ("power", -12_300.0, "−12.3 kW"),
])  # fmt: skip
def test_a_change_has_a_sign_and_the_unit_of_differences(capability: str, value: float, said: str) -> None:
    assert signed(CAPABILITIES[capability], value) == said


def test_a_change_in_fahrenheit_knows_no_zero_point(app: object) -> None:
    set_language("en", "°F")
    assert signed(CAPABILITIES["temperature"], 1.0) == "+1.8 °F"
    set_language("en", "°C")


def test_rooms_that_one_of_the_moments_does_not_know_have_no_change() -> None:
    found = change("temperature", [21.0, NAN, 20.0], [20.0, 20.0, NAN])
    assert np.isnan(found.values).tolist() == [False, True, True]
    assert [found.text(i) for i in range(3)] == ["+1.0 K", "", ""]


def test_changes_are_told_in_the_order_of_time_whichever_moment_was_pinned() -> None:
    forward = change("temperature", [22.0], [20.0], compare_ms=T0, shown_ms=T1)
    backward = change("temperature", [20.0], [22.0], compare_ms=T1, shown_ms=T0)
    assert forward.text(0) == backward.text(0) == "+2.0 K"
    assert forward.order_ms == backward.order_ms == (T0, T1)
    assert change("temperature", [22.0], [20.0]).order_ms == (T0, None)


def test_truths_and_words_tell_what_they_became() -> None:
    found = change("occupancy", [1.0, 0.0, 1.0, NAN], [0.0, 1.0, 1.0, 0.0])
    assert [found.text(i) for i in range(4)] == ["→ Occupied", "→ Vacant", "=", ""]
    modes = change("hvac_mode" if "hvac_mode" in CAPABILITIES else "thermostat_mode", [2.0, 1.0], [0.0, 1.0],
                   options=("off", "heat", "cool"))  # fmt: skip
    assert [modes.text(i) for i in range(2)] == ["→ Cool", "="]


def test_more_is_brown_less_is_blue_and_nothing_is_the_floor() -> None:
    red, _, blue = change("temperature", [22.0, 18.0, 20.0], [20.0, 20.0, 20.0]).paint().astype(int).T
    assert red[0] > blue[0]
    assert red[1] < blue[1]
    assert abs(red[2] - blue[2]) < 16


def test_a_noise_is_not_spread_over_the_whole_range() -> None:
    assert change("temperature", [20.1], [20.0]).limit == 1.0


def test_the_range_stays_while_changes_move_a_little() -> None:
    first = change("temperature", [24.1], [20.0])
    assert first.limit == 5.0
    assert change("temperature", [22.0], [20.0], last=first).limit == 5.0
    assert change("temperature", [20.4], [20.0], last=first).limit == 1.0
    assert change("co2", [22.0], [20.0], last=first).limit != 5.0


def test_one_room_that_ran_away_does_not_hide_the_others() -> None:
    found = change("temperature", [21.0] * 20 + [80.0], [20.0] * 21)
    assert found.limit < 5.0
    assert found.text(20) == "+60.0 K"


@given(st.lists(st.floats(-1e6, 1e6) | st.just(NAN), min_size=1, max_size=30))
def test_every_range_is_round_and_reaches_the_most_of_a_few(values: list[float]) -> None:
    found = change("co2", values, [0.0] * len(values))
    known = [abs(v) for v in values if not np.isnan(v)]
    lead = found.limit / 10 ** np.floor(np.log10(found.limit) + 1e-9)
    assert min(abs(lead - one) for one in (1, 2, 3, 5)) < 1e-6
    if len(known) < 8 and known:
        assert max(known) <= found.limit * (1 + 1e-9)
    assert found.paint().shape == (len(values), 3)


def test_the_dark_theme_has_a_dark_middle() -> None:
    between = np.array([20.0]), np.array([20.0])
    found = change_of(CAPABILITIES["temperature"], between, ComparedMoment(State(), T0, None), DARK)
    assert found.paint().max() < 110


def test_the_legend_says_the_days_unless_both_moments_are_of_today(app: object) -> None:
    noon = QDateTime(QDate(2026, 11, 23), QTime(12, 0)).toMSecsSinceEpoch()
    hour = 3_600_000

    def said(compare_ms: int, shown_ms: int | None) -> str:
        return between(change("temperature", [1.0], [1.0], compare_ms=compare_ms, shown_ms=shown_ms), noon)

    assert said(noon - 4 * hour, None) == "08:00 → now"
    assert said(noon - hour, noon - 4 * hour) == "08:00 → 11:00"
    assert said(noon - 24 * hour, noon - hour) == "22 Nov, 12:00 → 23 Nov, 11:00"
    assert said(noon - 24 * hour, None) == "22 Nov, 12:00 → now"


def test_the_legend_counts_how_many_rooms_changed_how(app: object) -> None:
    rows = np.arange(4)
    numbers = change("temperature", [22.0, 18.0, 20.01, NAN], [20.0] * 4)
    assert [entry.text for entry in counts(numbers, rows)] == ["1 rose", "1 fell", "1 unchanged", "1 no data"]
    truths = change("occupancy", [1.0, 0.0, 1.0, NAN], [0.0, 1.0, 1.0, 0.0])
    assert [entry.text for entry in counts(truths, rows)] == [
        "1 became occupied", "1 became vacant", "1 unchanged", "1 no data",
    ]  # fmt: skip
    assert counts(truths, rows)[0].dot == tuple(truths.paint()[0].tolist())
    power = change("power", [100.0, 50.0], [40.0, 60.0])
    assert counts(power, np.arange(2))[0].text == "+50.0 W in all"
