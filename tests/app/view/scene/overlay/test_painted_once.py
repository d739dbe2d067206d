"""What lies over the 3D picture is painted once for a frame, and the picture under it is scaled no more often than it changes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.view.scene.overlay.badge import DeviceBadges
from app.view.scene.overlay.room_pill import RoomPills
from app.view.scene.view import TwinView
from app.view.scene.viewport.image_surface import ImageSurface
from app.view.screenshot import wait_until


@pytest.fixture
def surface(view: TwinView) -> ImageSurface:
    view.wait_painted()
    QApplication.processEvents()
    assert isinstance(view.surface, ImageSurface)
    return view.surface


def test_each_frame_paints_the_overlay_once(view: TwinView, surface: ImageSurface) -> None:
    order: list[str] = []
    surface.painted.connect(lambda _took_ms: order.append("frame"))
    view.overlay.drawn.connect(lambda _seconds: order.append("overlay"))
    for number in range(5):
        view.scene.stand(view.scene.pose.turned(3.0, 0.0))
        view.governor.touch()
        assert wait_until(lambda wanted=number + 1: order.count("frame") >= wanted)
        for _ in range(3):
            QApplication.processEvents()
    for timer in view.findChildren(QTimer):
        timer.stop()  # a finer picture that comes of itself may be between its frame and its overlay just now
    QApplication.processEvents()
    frames = order.count("frame")
    assert order == ["frame", "overlay"] * frames


def test_what_is_painted_over_a_frame_scales_the_picture_no_more_than_twice(
    view: TwinView, surface: ImageSurface, monkeypatch: pytest.MonkeyPatch
) -> None:
    scaled: list[object] = []
    draw = surface._draw  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(surface, "_draw", lambda onto, image: (scaled.append(image), draw(onto, image)))
    view.governor.rest()
    for _ in range(8):
        view.overlay.repaint()
    assert len(scaled) == 2 * len({id(image) for image in scaled})


def test_a_picture_that_was_painted_before_is_the_same_when_it_is_painted_again(
    view: TwinView, surface: ImageSurface
) -> None:
    first = surface.grab().toImage()
    for _ in range(3):
        assert surface.grab().toImage() == first


def test_the_glow_of_lamps_outside_the_picture_costs_nothing(view: TwinView, monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[tuple[float, float]] = []
    monkeypatch.setattr(DeviceBadges, "halo", lambda _self, _painter, _shine, at, _far, _strong: painted.append(at))
    view.overlay.grab()
    assert painted
    painted.clear()
    view.scene.stand(view.scene.pose.moved(20_000.0, 0.0, view.height()))
    view.overlay.grab()
    assert not painted


def test_a_pill_is_measured_once(view: TwinView, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.view.scene.overlay import room_pill

    measured: list[object] = []
    widths = room_pill._widths  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(room_pill, "_widths", lambda pill: (measured.append(pill), widths(pill))[1])
    pills = RoomPills(view.scene.theme)
    forms = [form for row in view.scene.shown_rooms().tolist() for form in view.overlay.names.forms(row, strong=False)]
    for _ in range(4):
        for form in forms:
            pills.width(form)
    assert len(measured) == len(set(forms))
