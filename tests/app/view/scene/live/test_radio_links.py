"""Radio links in the 3D view: between true positions, in one actor, told under the mouse; what has no place is marked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from app.selection import Selection
from app.view.scene.live.radio_links import RadioLinkLayer, bars
from app.view.scene.overlay.radio_legend import STRENGTHS, RadioLegend, strength_colours
from app.view.scene.scene import Scene
from app.view.scene.view import TwinView
from twin.model.radio_map import Radio, RadioLink, RadioMap, RadioNode, RadioRole
from twin.model.twin import Twin

sys.path.insert(0, str(Path(__file__).parent))
import live_layers

sys.path.pop(0)

NOW_MS = 1_800_000_000_000


def map_of(twin: Twin, *links: tuple[str, str, int | None]) -> RadioMap:
    """A map with links (uid, uid, LQI); a uid that no device has is a node without place."""
    of = {device.uid: device for device in twin.devices}
    names = dict.fromkeys(name for start, end, _ in links for name in (start, end))
    nodes = tuple(
        RadioNode(key=name, name=name, device=of[name].id if name in of else None, role=RadioRole.ROUTER)
        for name in names
    )
    made = tuple(
        RadioLink(radio=Radio.ZIGBEE, start=start, end=end, heard_ms=NOW_MS - 120_000, lqi=lqi)
        for start, end, lqi in links
    )
    return RadioMap(nodes=nodes, links=made, asked_ms=NOW_MS - 120_000)


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = live_layers.scene_with(
        [
            live_layers.device("lamp", "lamp", "Living room", (2.0, 3.0, 1.2), "on_off"),
            live_layers.device("plug", "plug", "Kitchen", (6.0, 5.0, 0.3), "on_off"),
            live_layers.device("upstairs", "lamp", "Bathroom", (4.0, 4.0, 4.0), "on_off"),
        ]
    )
    yield made
    made.release()


def layer(scene: Scene) -> RadioLinkLayer:
    return next(one for one in scene.layers if isinstance(one, RadioLinkLayer))


def test_a_link_runs_from_marker_to_marker_and_only_on_storeys_in_focus(scene: Scene) -> None:
    own = layer(scene)
    assert own.actor is None
    own.show(scene, map_of(scene.twin, ("lamp", "plug", 83), ("lamp", "upstairs", 200), ("lamp", "hub", 9)))
    rows = [scene.placed.row_of[device.id] for device in scene.twin.devices]
    assert own.drawn.tolist() == [0]
    assert own.ends[0].tolist() == scene.device_pick.positions[rows[:2]].tolist()
    assert scene.renderer.HasViewProp(own.actor)
    scene.explode(True)
    scene.step(1.0)
    scene.prepare()
    assert own.drawn.tolist() == [0, 1]
    own.show(scene, None)
    assert own.actor is None


def test_a_device_that_is_removed_takes_its_links_from_the_picture(scene: Scene) -> None:
    own = layer(scene)
    own.show(scene, map_of(scene.twin, ("lamp", "plug", 83)))
    scene.set_twin(replace(scene.twin, devices=scene.twin.devices[:1]))
    assert (own.actor, own.drawn.tolist()) == (None, [])


def test_the_legend_counts_by_words_and_says_what_is_not_drawn_and_how_old_it_is(scene: Scene) -> None:
    own = layer(scene)
    links = (("lamp", "plug", 200), ("lamp", "upstairs", 3), ("plug", "hub", None), ("hub", "far", 100))
    own.show(scene, map_of(scene.twin, *links))
    legend = RadioLegend(own, NOW_MS)
    assert [text for _, text in legend.rows] == ["1 strong", "1 fair", "1 weak", "1 not known"]
    assert list(legend.notes) == [
        "Asked 2 min ago",
        "1 leads to something without a place",
        "1 is between devices without a place",
        "1 leads to a storey that is not shown",
    ]


def test_bars_are_as_wide_as_they_are_told_and_end_where_their_link_ends() -> None:
    ends = np.array([[[0.0, 0, 0], [4.0, 0, 0]], [[1.0, 1, 0], [1.0, 1, 3]], [[2.0, 2, 2], [2.0, 2, 2]]])
    points, triangles = bars(ends, np.array([0.1, 0.2, 0.1]))
    boxes = points.reshape(3, 2, 4, 3)
    np.testing.assert_allclose(boxes.mean(2)[:2], ends[:2], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(boxes[:2] - ends[:2, :, None], axis=3)[:, 0, 0], [0.1, 0.2], rtol=1e-6)
    assert np.isfinite(points).all()
    assert (triangles.min(), triangles.max(), len(triangles)) == (0, 23, 24)


def test_five_thousand_links_of_two_thousand_devices_are_one_actor_and_soon_there() -> None:
    rng = np.random.default_rng(3)
    spots = rng.uniform((0, 0, 0.5), (9, 8, 1.5), (2000, 3)).round(3).tolist()
    devices = [
        live_layers.device(f"d{n}", "lamp", "Living room", tuple(spot), "on_off") for n, spot in enumerate(spots)
    ]
    scene = live_layers.scene_with(devices)
    ends = rng.integers(0, 2000, (5000, 2)).tolist()
    found = map_of(scene.twin, *((f"d{a}", f"d{b}", int(n) % 255 + 1) for n, (a, b) in enumerate(ends)))
    own = layer(scene)
    before = scene.renderer.GetActors().GetNumberOfItems()
    took_s: list[float] = []
    for _ in range(5):
        begun = process_time()
        own.place(scene) if own.map else own.show(scene, found)
        took_s.append(process_time() - begun)
    assert scene.renderer.GetActors().GetNumberOfItems() == before + 1
    assert len(own.drawn) == 5000
    assert min(took_s) < 0.05, "16 ms on a quiet machine"
    scene.release()


@pytest.fixture
def view(scene: Scene, qapp: QApplication) -> Iterator[TwinView]:
    made = TwinView(Selection(), kind="image")
    made.resize(900, 700)
    made.set_twin(scene.twin)
    made.show()
    made.wait_painted()
    yield made
    made.release()
    made.close()


def test_the_link_under_the_mouse_tells_its_ends_quality_and_age(
    view: TwinView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.view.scene.tools.radio_link_view.QDateTime.currentMSecsSinceEpoch", lambda: NOW_MS)
    view.scene.look_at(view.scene.twin.storeys[0].id)
    view.wait_painted()
    view.set_radio_map(map_of(view.scene.twin, ("lamp", "plug", 83), ("plug", "hub", 20)))
    view.wait_painted()
    projection = view.scene.projections.at(view.surface.widget().width(), view.surface.widget().height())
    middle = projection.pixels(view.radio.layer.ends[0].mean(0)[None])[0]
    spot = QPointF(float(middle[0]), float(middle[1]))
    assert view.radio.index_at(projection, spot) == 0
    assert view.radio.index_at(projection, spot + QPointF(200, 200)) is None
    card = view.radio.card(0)
    assert (card.name, card.where, card.rows, card.state) == (
        "lamp ↔ plug",
        "Zigbee",
        (("LQI 83", "fair"),),
        "2 min ago",
    )
    plug = next(device.id for device in view.scene.twin.devices if device.uid == "plug")
    assert view.radio.rows_of(plug) == (("lamp", "LQI 83"), ("hub", "LQI 20"))
    assert view.interaction.tooltip(plug).rows[-1] == ("hub", "LQI 20")  # type: ignore[union-attr]
    view.set_radio_map(None)
    assert view.radio.rows_of(plug) == ()
    assert view.radio.legend() is None


def test_every_strength_has_a_colour_of_its_own() -> None:
    from app.view.theme import THEMES

    for theme in THEMES.values():
        assert len(set(strength_colours(theme).values())) == len(STRENGTHS)
