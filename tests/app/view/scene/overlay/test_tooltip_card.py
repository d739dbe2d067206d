"""The card beside a device under the mouse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.view.scene.overlay.tooltip_card import TooltipCard, card_position, draw
from app.view.theme import DARK, LIGHT

VIEW = QRectF(0, 0, 900, 600)
REACH = 14.0


@given(
    st.floats(0, 900), st.floats(0, 600), st.floats(130, 300), st.floats(40, 180)
)  # a card is never larger than half of the view
def test_a_card_covers_neither_the_thing_nor_leaves_the_view(x: float, y: float, width: float, height: float) -> None:
    box = card_position((width, height), QPointF(x, y), REACH, VIEW)
    assert VIEW.contains(box)
    thing = QRectF(x - REACH, y - REACH, 2 * REACH, 2 * REACH)
    assert not box.intersects(thing)


def test_a_card_tells_everything_in_lines() -> None:
    card = TooltipCard("Desk lamp", "Light · Study", (("Brightness", "80 %"),), "Online · just now")
    assert card.text == "Desk lamp\nLight · Study\nBrightness: 80 %\nOnline · just now"
    assert TooltipCard("Bare").text == "Bare"


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_names_however_long_stay_inside(qapp: QApplication, theme: object) -> None:
    card = TooltipCard("W" * 400, "x" * 400, (("n" * 400, "v" * 400),), "s" * 400, tone="error")
    assert card.width() <= 300
    image = QImage(400, 300, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    box = QRectF(40, 40, card.width(), card.height)
    draw(painter, card, box, LIGHT if theme is LIGHT else DARK)
    painter.end()
    assert image.pixelColor(40 + int(card.width()) + 12, 40 + int(card.height) // 2).alpha() == 0
    assert image.pixelColor(100, 60).alpha() > 200
