"""The window's font in either language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF
from PySide6.QtWidgets import QLabel

from app.view.style import font
from app.view.window import MainWindow


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    before = QLocale()
    yield
    QLocale.setDefault(before)


@pytest.mark.usefixtures("app")
def test_the_quotation_marks_of_a_chinese_font_are_narrow_in_english_and_wide_in_chinese() -> None:
    widths: dict[str, float] = {}
    for name in ("en_GB", "zh_CN"):
        QLocale.setDefault(QLocale(name))
        face = font(20)
        face.setFamilies(["Noto Sans CJK SC"])
        if not QFontInfo(face).family().startswith("Noto Sans CJK"):
            pytest.skip("Noto Sans CJK is not installed")
        widths[name] = QFontMetricsF(face).horizontalAdvance("\u201c\u201d")
    assert widths["en_GB"] < 25.0 < widths["zh_CN"]


def test_widgets_that_are_already_there_take_the_font_of_a_language_chosen_later(window: MainWindow) -> None:
    label = window.panel("inspector").findChild(QLabel)
    assert label is not None
    try:
        for language, proportional in (("zh_CN", 0), ("en", 1)):
            window.set_language(language)
            assert label.font().featureValue(QFont.Tag("pwid")) == proportional
    finally:
        window.set_language("en")
