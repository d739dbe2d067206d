"""Live values never keep a fine picture from being finished, and never ask for more than their share of the time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.view.scene.viewport import resolution_governor as governing
from app.view.scene.viewport.resolution_governor import ResolutionGovernor


class SlowSurface(QObject):
    """Graphics without a GPU: notes what it is asked for; the test says when a picture is ready."""

    painted = Signal(float)
    refined = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.resolution, self.pixel_ms = 1.0, 0.0
        self.size = 1000, 500
        self.requests = self.refines = 0
        self.factors: list[float] = []
        self._widget = QWidget()

    def widget(self) -> QWidget:
        return self._widget

    def device_size(self) -> tuple[int, int]:
        return self.size

    def request(self) -> None:
        self.requests += 1

    def refine(self, factor: float, stripes: int) -> None:
        self.refines += 1
        self.resolution = factor
        self.factors.append(factor)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that the governor reads; moved by hand."""
    now = [1000.0]
    monkeypatch.setattr(governing.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def surface(app: object) -> Iterator[SlowSurface]:
    made = SlowSurface()
    yield made
    for timer in made.widget().findChildren(QTimer):
        timer.stop()
    made.widget().deleteLater()


def at_rest(surface: SlowSurface, full_ms: float) -> ResolutionGovernor:
    """A governor after a camera drag that has come to rest; a frame at full resolution takes so long."""
    made = ResolutionGovernor(surface)  # type: ignore[arg-type]
    surface.painted.emit(full_ms)
    made.touch()
    surface.painted.emit(full_ms * surface.resolution**2)
    made.rest()
    return made


def fire(governor: ResolutionGovernor) -> None:
    """The waiting timer runs out."""
    assert governor._refining.isActive()
    governor._refining.stop()
    governor._refine()


def test_reports_after_a_drag_do_not_keep_the_fine_picture_away(surface: SlowSurface, clock: list[float]) -> None:
    governor = at_rest(surface, full_ms=60.0)
    asked = surface.requests
    for _ in range(200):
        governor.refresh()
    fire(governor)
    for _ in range(200):
        governor.refresh()
    assert (surface.requests, surface.refines) == (asked, 1)
    surface.refined.emit()
    assert not governor.refining
    assert governor._refining.isActive()  # what changed meanwhile comes into the next one


def test_fine_pictures_take_a_sixth_of_the_time_however_much_is_reported(
    surface: SlowSurface, clock: list[float]
) -> None:
    governor = at_rest(surface, full_ms=60.0)
    fine_s = governor.cost_ms(2.0) / 1000
    begun, busy = clock[0], 0.0
    for _ in range(50):
        governor.refresh()
        if governor._refining.isActive():
            clock[0] += governor._refining.interval() / 1000
            fire(governor)
            governor.refresh()
            clock[0] += fine_s
            busy += fine_s
            surface.refined.emit()
    assert busy / (clock[0] - begun) <= 0.2


def test_a_change_while_nothing_else_happens_is_seen_soon(surface: SlowSurface, clock: list[float]) -> None:
    governor = at_rest(surface, full_ms=60.0)
    fire(governor)
    surface.refined.emit()
    clock[0] += 60.0
    governor.refresh()
    assert governor._refining.interval() <= 400


def test_with_a_gpu_every_change_is_shown_in_the_next_frame(surface: SlowSurface, clock: list[float]) -> None:
    governor = at_rest(surface, full_ms=1.0)
    asked = surface.requests
    governor.refresh()
    assert surface.requests == asked + 1


def test_the_first_frame_is_no_finer_than_its_expected_cost_allows(surface: SlowSurface) -> None:
    surface.pixel_ms = 400 / (1000 * 500)
    governor = ResolutionGovernor(surface)  # type: ignore[arg-type]
    governor.touch()
    assert governor.cost_ms(surface.resolution) < governing.LONGEST_MS
    surface.painted.emit(10.0 * surface.resolution**2)
    assert governor.cost_ms(1.0) == pytest.approx(10.0)


def test_a_view_that_grows_while_it_moves_is_rendered_as_coarse_as_its_new_size_needs(surface: SlowSurface) -> None:
    surface.pixel_ms, surface.size = 1e-4, (100, 30)
    governor = ResolutionGovernor(surface)  # type: ignore[arg-type]
    governor.touch()
    assert surface.resolution == 1.0
    surface.size = 1600, 1000
    governor.resize()
    assert governor.moving
    assert governor.cost_ms(surface.resolution) < 1.1 * governing.BUDGET_MS


MANY = governing.MOST_OPTIONAL + 1


def test_without_a_gpu_a_movement_lacks_too_many_optional_parts_from_its_first_frame_on(surface: SlowSurface) -> None:
    governor = at_rest(surface, full_ms=60.0)
    governor.touch()
    governor.weigh(governing.MOST_OPTIONAL)
    assert not governor.sparing
    governor.weigh(MANY)
    assert governor.sparing


def test_with_a_gpu_a_movement_keeps_all_parts(surface: SlowSurface) -> None:
    governor = at_rest(surface, full_ms=1.0)
    governor.touch()
    governor.weigh(MANY)
    assert not governor.sparing


def test_at_rest_all_parts_are_there_and_the_first_picture_with_them_is_as_coarse_as_a_moving_one(
    surface: SlowSurface,
) -> None:
    governor = at_rest(surface, full_ms=60.0)
    governor.touch()
    governor.weigh(MANY)
    surface.painted.emit(60.0 * surface.resolution**2)
    governor.rest()
    assert not governor.sparing
    assert governor.cost_ms(surface.resolution) < 1.1 * governing.BUDGET_MS
    governor.weigh(MANY)
    assert not governor.sparing
    assert governor._refining.isActive()


def test_a_change_at_rest_is_no_movement_and_makes_the_picture_no_coarser_than_the_time_asks_for(
    surface: SlowSurface,
) -> None:
    governor = at_rest(surface, full_ms=120.0)
    governor.change()
    at_once = surface.resolution
    assert not governor.moving
    assert governor.cost_ms(at_once) <= governing.LONGEST_MS * 1.1
    governor.touch()
    assert surface.resolution < at_once
    governor.change()
    assert governor.moving  # a part of the movement that is going on


def test_a_coarse_picture_at_rest_is_sharp_first_and_then_fine(surface: SlowSurface, clock: list[float]) -> None:
    governor = at_rest(surface, full_ms=200.0)
    fire(governor)
    surface.refined.emit()
    fire(governor)
    surface.refined.emit()
    assert surface.factors == [1.0, 2.0]
    assert not governor._refining.isActive()
    governor.refresh()  # from then on what is reported makes it fine at once
    fire(governor)
    assert surface.factors == [1.0, 2.0, 2.0]


def test_what_changes_while_a_picture_becomes_sharp_is_in_the_fine_one(
    surface: SlowSurface, clock: list[float]
) -> None:
    governor = at_rest(surface, full_ms=200.0)
    fire(governor)
    governor.refresh()
    surface.refined.emit()
    fire(governor)
    surface.refined.emit()
    assert surface.factors == [1.0, 2.0]
    assert not governor._refining.isActive()


def test_what_moves_while_the_camera_stands_leaves_no_parts_out_and_is_fine_after_its_last_frame(
    surface: SlowSurface,
) -> None:
    governor = at_rest(surface, full_ms=60.0)
    for _ in range(5):
        governor.animate()
        governor.weigh(10 * governing.MOST_OPTIONAL)
        surface.painted.emit(60.0 * surface.resolution**2)
        assert not governor.moving
        assert not governor.sparing
        assert surface.refines == 0
    fire(governor)
    assert surface.refines == 1


def test_a_picture_that_takes_too_long_with_all_its_parts_is_animated_without_them(surface: SlowSurface) -> None:
    governor = at_rest(surface, full_ms=60.0)
    surface.painted.emit(150.0)
    governor.animate()
    assert governor.moving
    governor.weigh(10 * governing.MOST_OPTIONAL)
    assert governor.sparing
