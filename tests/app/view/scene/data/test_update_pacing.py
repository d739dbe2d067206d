"""Live values of thousands of devices leave time for the hand: shown in steps, and only where one can see it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from app.view.scene.data import update_pacing as pacing
from app.view.scene.data.colour_memory import ColourMemory
from app.view.scene.data.update_pacing import LONGEST_S, SHARE, UpdatePacer
from app.view.scene.view import TwinView
from twin.model.state import State


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that the pace reads, and what the thread has spent; moved by hand."""
    now = [1000.0, 0.0]
    monkeypatch.setattr(pacing.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(pacing.time, "thread_time", lambda: now[1])
    return now


@pytest.fixture
def paced(qapp: object, clock: list[float]) -> Iterator[tuple[UpdatePacer, list[list[int]]]]:
    shown: list[list[int]] = []

    def show(_: State, rows: np.ndarray) -> None:
        shown.append(rows.tolist())
        clock[1] += 0.010

    parent = QObject()
    yield UpdatePacer(parent, show), shown
    parent.deleteLater()


def rows(*which: int) -> np.ndarray:
    return np.array(which, np.intp)


def test_the_first_value_is_shown_at_once_and_those_that_follow_together(
    paced: tuple[UpdatePacer, list[list[int]]], clock: list[float]
) -> None:
    pace, shown = paced
    state = State()
    pace.follow(state, rows(1))
    for row in (5, 3, 5):
        pace.follow(state, rows(row))
    assert shown == [[1]]
    clock[0] += 0.010 * (SHARE - 1) + 0.001
    pace.follow(state, rows(2))
    assert shown == [[1], [2, 3, 5]]


def test_showing_takes_a_tenth_of_the_time_and_no_value_waits_long(
    paced: tuple[UpdatePacer, list[list[int]]], clock: list[float]
) -> None:
    pace, shown = paced
    state, begun = State(), clock[0]
    for row in range(2000):
        pace.follow(state, rows(row))
        clock[0] += 0.005
    assert 0.08 < clock[1] / (clock[0] - begun) < 0.11
    pace.spent(60.0)
    clock[0] += LONGEST_S
    pace.follow(state, rows(7))
    assert shown[-1][-1] == 1999 or 7 in shown[-1]


def test_another_moment_is_shown_at_once(paced: tuple[UpdatePacer, list[list[int]]]) -> None:
    pace, shown = paced
    pace.follow(State(), rows(1))
    pace.follow(State(), rows(2))
    pace.follow(pace._state, rows(3), at_once=True)  # type: ignore[arg-type]
    assert shown == [[1], [2], [3]]


def test_small_steps_of_colour_ask_for_no_picture_until_they_add_up() -> None:
    seen, none = ColourMemory(), np.zeros(2, np.bool_)
    colours = np.full((2, 3), 100, np.uint8)
    assert seen.is_seen(colours, none)
    asked = [seen.is_seen(colours + np.uint8(step), none) for step in range(1, 9)]
    assert asked == [False, False, False, True, False, False, False, True]
    assert seen.is_seen(colours + np.uint8(8), ~none)


def test_a_lamp_that_says_the_same_again_makes_no_new_picture(view: TwinView) -> None:
    scene = view.scene
    state = scene.state
    assert state is not None
    every = np.arange(len(state), dtype=np.intp)
    scene.apply(state, every)
    scene.prepare()
    assert "lights" not in scene.apply(state, every)
    assert not scene._pools.stale


def test_what_is_shown_stays_whole_while_a_finer_picture_is_made(view: TwinView) -> None:
    surface = view.surface
    surface.render_now()
    shown = surface._image  # type: ignore[attr-defined]
    before = QImage(shown).copy()
    surface.refine(2.0, 4)
    surface._stripe()  # type: ignore[attr-defined]
    assert surface._image is shown  # type: ignore[attr-defined]
    assert shown == before
