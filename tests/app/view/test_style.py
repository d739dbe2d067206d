"""The window's font in either language."""

from __future__ import annotations

import os
import subprocess
import sys
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


UNSEEN_WIDGETS_THAT_ARE_GONE = """
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel, QMainWindow
from shiboken6 import delete

from app.view.style import apply_language, apply_theme
from app.view.theme import THEMES

app = QApplication([])
QLocale.setDefault(QLocale("en"))
apply_theme(app, THEMES["dark"])
window = QMainWindow()
for _ in range(20):
    dock = QDockWidget(window)
    dock.setWidget(QLabel("never shown"))
apply_theme(app, THEMES["light"])
for label in window.findChildren(QLabel):
    label.sizeHint()
delete(window)
QLocale.setDefault(QLocale("zh_CN"))
apply_language(app)
print("alive")
"""


def test_a_language_chosen_after_a_theme_reaches_no_widget_that_is_gone() -> None:
    """Memory that was given back is overwritten (mallopt(3), M_PERTURB), so that using it crashes at once."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "MALLOC_PERTURB_": "165"}
    ended = subprocess.run(
        [sys.executable, "-c", UNSEEN_WIDGETS_THAT_ARE_GONE], env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, "alive\n"), ended.stderr
