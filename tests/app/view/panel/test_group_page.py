"""Several devices at once: what they share, how many are on, and any value of them in a chart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from fake_api import FakeDesk
from fake_api import device as made
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QLabel

from app.view.control.base import Control
from app.view.panel.inspector_pages import device_page
from app.view.panel.palette import CommandPalette
from app.view.panel.palette_entries import point_entries
from app.view.panel.point_group import common, shared
from app.view.window import MainWindow
from twin.model.batch import Batch
from twin.model.device import Device, Point, PointInfo
from twin.model.ids import DeviceId, PointId
from twin.model.observation import Value

SWITCH = Point(id=PointId("p"), device=DeviceId("d"), info=PointInfo(key="s", capability="on_off"))
WARMTH = Point(id=PointId("p"), device=DeviceId("d"), info=PointInfo(key="t", capability="temperature"))


def test_a_mixed_selection_offers_what_at_least_two_of_it_share() -> None:
    lamp = made("Lamp", "light", "Kitchen", ("on_off", "level"))
    plug = made("Plug", "plug", "Kitchen", ("on_off", "power"))
    blind = made("Blind", "cover", "Kitchen", ("position",))
    sensor = made("Sensor", "climate_sensor", "Kitchen", ("temperature",))
    groups = shared((sensor, lamp, plug, blind))
    assert [(points[0].capability.id, len(points)) for points in groups] == [("on_off", 2)]
    assert shared((sensor, blind)) == []


def with_points(name: str, *infos: PointInfo) -> Device:
    device = made(name, "switch", "Kitchen", ())
    points = tuple(Point(id=PointId(f"{name}.{one.key}"), device=device.id, info=one) for one in infos)
    return replace(device, points=points)


def test_all_gangs_of_a_switch_are_commanded_and_a_devices_own_words_only_with_the_same_ones() -> None:
    gangs = [PointInfo(key=key, capability="on_off", label=key, writable=True) for key in ("left", "right")]
    words = [PointInfo(key=key, capability="raw_number", label=key, writable=True) for key in ("delay", "beeps")]
    one, other = with_points("Hall", *gangs, *words), with_points("Stair", gangs[0], words[1])
    grouped = [sorted(point.id for point in points) for points in shared((one, other))]
    assert grouped == [["Hall.left", "Hall.right", "Stair.left"], ["Hall.beeps", "Stair.beeps"]]


def test_a_power_switch_comes_first_on_a_lamps_page_and_on_that_of_a_group_whatever_its_protocol_calls_it(
    window: MainWindow, api: FakeDesk
) -> None:
    keys = ("color", "color_temperature", "level", "on_off", "battery")
    lamps = [made(name, "light", "Kitchen", keys) for name in ("Lamp", "Spot")]
    api.change(replace(api.twin, devices=(*api.twin.devices, *lamps)))
    assert shared(lamps)[0][0].capability.id == "on_off"
    page = device_page(window.feed, lamps[0], lambda point: None)
    controls = [control for part in page.parts for control in part.findChildren(Control)]
    assert controls[0].point.info.capability == "on_off"


@pytest.mark.parametrize("page", ["building", "room", "group"])
def test_in_the_past_every_page_names_the_moment_that_it_shows(
    window: MainWindow, live: Callable[..., None], page: str
) -> None:
    live(window)
    feed = window.feed
    if page == "room":
        feed.selection.pick_room(feed.twin.rooms[0].id)
    if page == "group":
        feed.selection.change(devices=frozenset(device.id for device in feed.twin.devices[:3]))
    live(window)

    def names_the_moment() -> bool:
        labels = window.parts["inspector"].findChildren(QLabel)
        return any(label.isVisibleTo(window) and label.text().startswith("As it was: ") for label in labels)

    assert not names_the_moment()
    feed.selection.change(moment_ms=feed.api.now_ms() - 3_600_000)
    feed._past.state = feed.live
    window.parts["inspector"].page.refresh()  # type: ignore[attr-defined]
    assert names_the_moment()


@pytest.mark.parametrize(
    ("values", "point", "value", "said"),
    [
        ([True, False, False], SWITCH, None, "1 of 3: On"),
        ([True, True, True], SWITCH, True, ""),
        ([True, None], SWITCH, None, "1 of 2: On"),
        ([None, None], SWITCH, None, "0 of 2: On"),
        ([20.0, 22.5], WARMTH, None, "20.0 °C – 22.5 °C"),
        ([20.0, None], WARMTH, None, "different"),
    ],
)
def test_a_group_says_how_many_are_on_and_never_one_value_for_all(
    app: object, values: list[Value], point: Point, value: Value, said: str
) -> None:
    assert common(Counter(values), point) == (value, said)


@given(st.lists(st.one_of(st.none(), st.booleans()), min_size=2, max_size=8))
def test_one_value_is_shown_only_where_every_device_said_it(values: list[Value]) -> None:
    value, said = common(Counter(values), SWITCH)
    assert (value is not None) == (len(set(values)) == 1 and values[0] is not None)
    assert (said == "") == (value is not None)


def test_the_page_of_a_group_says_one_of_three_on(window: MainWindow, api: FakeDesk, live: Callable[..., None]) -> None:
    lamps = [d for d in api.twin.devices if d.kind in ("light", "lamp") and window.feed.is_online(d.id)][:3]
    for i, lamp in enumerate(lamps):
        point = lamp.point("on_off")
        assert point is not None
        api.clock_ms += 10
        api.inbox.put(Batch.of([api.report(point, i == 0, api.clock_ms)]))
    window.feed.selection.change(devices=frozenset(lamp.id for lamp in lamps))
    live(window)
    texts = {label.text() for label in window.parts["inspector"].findChildren(QLabel)}
    assert "1 of 3: On" in texts


def test_any_point_of_any_room_can_be_charted(window: MainWindow, api: FakeDesk) -> None:
    shown: list[str] = []
    found = list(point_entries(window.feed, shown.append))
    charted = [point for point in api.twin.points if point.capability.chart != "none"]
    assert len(found) == len(charted)
    palette = CommandPalette(found, window, "Add a value")
    last = charted[-1]
    name = api.twin.device_of[last.device].name
    palette.field.setText(f"{name} {last.title}")
    palette._do(0)
    assert api.twin.point_of[PointId(shown[0])].device == last.device
