"""Two moments compared in the picture itself."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from app.view.scene.data.comparison import ComparedMoment
from app.view.scene.overlay.comparison_legend import ComparisonLegend, counts
from app.view.scene.overlay.legend import ColourLegend
from app.view.scene.view import TwinView
from twin.model.ids import StoreyId
from twin.model.observation import Quality
from twin.model.state import State

THEN = 1_763_000_000_000


def before(view: TwinView, *, warmer: float = 2.0) -> State:
    """What everything was: numbers so much lower than now."""
    now = view.scene._state
    assert now is not None
    made = State(now.points)
    made.apply_rows(np.arange(len(now)), now.value - warmer, now.time_ms - 1000, now.quality)
    return made


def start(view: TwinView, state: State | None = None) -> None:
    view.set_compared(ComparedMoment(state or before(view), THEN, None))


def test_rooms_with_values_show_their_change_and_the_others_are_hatched(view: TwinView) -> None:
    start(view)
    change = view.scene.change
    assert change is not None
    assert view.scene.scale is None
    known = np.isfinite(view.scene.room_values)
    assert np.allclose(change.values[known], 2.0)
    assert np.isnan(change.values[~known]).all()
    assert isinstance(view.overlay._key(), ComparisonLegend)


def test_a_room_without_history_then_has_no_data(view: TwinView) -> None:
    then = before(view)
    then.quality[:] = Quality.OFFLINE
    start(view, then)
    assert view.scene.change is not None
    assert np.isnan(view.scene.change.values).all()
    rows = view.scene.shown_rooms()
    assert [entry.hatched for entry in counts(view.scene.change, rows)] == [True]
    view.wait_painted()


def test_comparing_goes_on_with_other_values_storeys_devices_and_ends_where_it_began(view: TwinView) -> None:
    colours = view.scene.room_colours.copy()
    start(view)
    assert (view.scene.room_colours != colours).any()
    view._selection.change(colour_by="occupancy")
    assert view.scene.change is not None
    assert view.scene.change.options
    view._selection.change(colour_by="")
    assert view.scene.change is None
    assert view.overlay._key() is None
    view._selection.change(colour_by="temperature", storey=StoreyId("upper"))
    view.set_twin(replace(view.scene.twin, devices=view.scene.twin.devices[:-1]))
    assert view.scene.change is not None
    view.wait_painted()
    view._selection.change(storey=StoreyId("ground"))
    view.set_compared(None)
    assert view.scene.change is None
    assert isinstance(view.overlay._key(), ColourLegend)
    assert (view.scene.room_colours == colours).all()


def test_values_that_go_on_change_the_change(view: TwinView) -> None:
    start(view)
    state = view.scene._state
    assert state is not None
    rows = np.flatnonzero(np.isfinite(state.value))
    state.value[rows] += 1.0
    view.apply(state, rows)
    assert view.scene.change is not None
    assert np.nanmax(view.scene.change.values) == pytest.approx(3.0)


def test_pools_of_light_wait_while_frames_follow_each_other_quickly(
    view: TwinView, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]

    def later() -> float:
        now[0] += 0.05
        return now[0]

    monkeypatch.setattr("app.view.scene.light.lamp_pools.time", SimpleNamespace(perf_counter=later))
    scene = view.scene
    scene._pools.free_from_s = 0.0
    for waits in (False, True):  # the first is baked, the next is too soon
        scene._pools.stale = True
        scene.prepare(hurried=True)
        assert scene._pools.stale is waits
    scene.prepare()
    assert not scene._pools.stale


def words(view: TwinView, device: str) -> str:
    card = view.interaction.tooltip(device)
    assert card is not None
    return card.text


def test_the_tip_of_a_device_says_what_changed_for_it(view: TwinView) -> None:
    device = next(one for one in view.scene.twin.devices if one.point("temperature"))
    assert "(" not in words(view, device.id)
    start(view)
    assert "(+2.0 K)" in words(view, device.id)
    start(view, before(view, warmer=0.0))
    assert "(±0 K)" in words(view, device.id)


def test_the_tip_tells_which_word_became_which(view: TwinView) -> None:
    state, twin = view.scene._state, view.scene.twin
    assert state is not None
    device = next(one for one in twin.devices if one.point("on_off"))
    point = device.point("on_off")
    assert point is not None
    row = state.index(point.id)
    assert row is not None
    then = before(view, warmer=0.0)
    then.value[row] = 1.0 - state.value[row]
    start(view, then)
    assert ("(Off → On)" if state.value[row] else "(On → Off)") in words(view, device.id)
