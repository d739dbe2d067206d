"""Pills of rooms: what they say, and from afar only what is worst of each storey."""

import numpy as np
from PySide6.QtCore import QRectF

from app.view.scene.data.colour_scale import scale_of
from app.view.scene.overlay.room_labels import strain
from app.view.scene.overlay.room_pill import OccupiedAreas
from app.view.scene.view import TwinView
from twin.model.capability import CAPABILITIES


def asks(id: str, *values: float) -> list[float]:
    them = np.array(values)
    return strain(scale_of(CAPABILITIES[id], them), them).tolist()


def test_what_is_far_from_comfort_asks_most_on_either_side() -> None:
    cold, good, warm = asks("temperature", 16.0, 22.0, 27.0)
    assert cold > warm > good


def test_the_emptiest_battery_and_the_strongest_load_ask_most() -> None:
    low, high = asks("battery", 12.0, 80.0)
    assert low > high
    low, high = asks("power", 12.0, 80.0)
    assert high > low


def test_from_afar_only_the_worst_room_and_the_selected_are_named(view: TwinView) -> None:
    scene = view.scene
    names, strong = view.overlay.names, ("Bath", "")
    near = scene.projections.at(640, 400)
    some = names.arranged(near, view.overlay.pills, (OccupiedAreas(), OccupiedAreas()), strong)
    assert len(some) >= 4
    far = scene.projections.at(60, 40)
    wide = np.full(12, 10.0)
    assert names._worst(np.full(12, 100.0)) is None
    only = names._worst(wide)
    assert only is not None
    assert only.sum() == 1
    rows = scene.shown_rooms()
    assert scene.room_values[rows[only]] == np.nanmax(scene.room_values[rows]) or scene.scale is not None
    assert all(
        QRectF(0, 0, 60, 40).contains(at)
        for _, _, at in names.arranged(far, view.overlay.pills, (OccupiedAreas(), OccupiedAreas()), strong)
    )


def test_a_pill_with_an_arrow_is_wider_and_looks_different(view: TwinView) -> None:
    scene = view.scene
    row = next(row for row in scene.shown_rooms().tolist() if np.isfinite(scene.room_values[row]))
    plain = view.overlay.names.forms(row, strong=False)[0]
    scene.room_ways[row] = 1
    up = view.overlay.names.forms(row, strong=False)[0]
    assert (plain.way, up.way) == (None, 1)
    assert view.overlay.pills.width(up) > view.overlay.pills.width(plain)
    assert view.overlay.pills.pixmap(up).toImage() != view.overlay.pills.pixmap(plain).toImage()


def test_what_stays_as_it_is_has_an_arrow_only_in_the_selected_room(view: TwinView) -> None:
    scene = view.scene
    row = next(row for row in scene.shown_rooms().tolist() if np.isfinite(scene.room_values[row]))
    scene.room_ways[row] = 0
    assert [view.overlay.names.forms(row, strong=strong)[0].way for strong in (False, True)] == [None, 0]


def test_a_room_that_is_not_good_is_named_before_larger_ones_and_silence_comes_last(view: TwinView) -> None:
    scene, names = view.scene, view.overlay.names
    names._look()
    rows = scene.shown_rooms()
    scene.room_values[rows] = 22.0
    scene.room_values[rows[0]], scene.room_values[rows[1]] = 31.0, np.nan
    urgency = dict(zip(names._rows.tolist(), names._urgency().tolist(), strict=True))
    assert urgency[int(rows[0])] > urgency[int(rows[2])] > urgency[int(rows[1])]
