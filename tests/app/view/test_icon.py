"""Icons are sharp on every screen and follow the theme."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon

from app.view.icon import icon, names, pixmap
from app.view.theme import DARK, LIGHT


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_an_icon_has_a_pixel_for_every_pixel_of_the_screen(app: object, scale: float) -> None:
    drawn = icon("live", LIGHT).pixmap(QSize(20, 20), scale)
    assert drawn.width() == round(20 * scale)
    assert drawn.devicePixelRatio() == scale


def test_every_icon_can_be_drawn_and_is_not_empty(app: object) -> None:
    for name in names():
        image = pixmap(name, LIGHT.text, 24).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(24) for y in range(24)), name


def test_an_unknown_icon_is_a_cube_not_a_crash(app: object) -> None:
    assert pixmap("../../etc/passwd", LIGHT.text).toImage() == pixmap("device", LIGHT.text).toImage()


def test_an_icon_takes_the_colours_of_theme_and_state(app: object) -> None:
    size = QSize(20, 20)
    pictures = {
        icon("live", LIGHT).pixmap(size).toImage().cacheKey(),
        icon("live", DARK).pixmap(size).toImage().cacheKey(),
        icon("live", LIGHT).pixmap(size, QIcon.Mode.Disabled).toImage().cacheKey(),
        icon("live", LIGHT).pixmap(size, QIcon.Mode.Normal, QIcon.State.On).toImage().cacheKey(),
    }
    assert len(pictures) == 4
