"""What a tool says at the top of the picture follows language and theme while it is shown."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.i18n import tr
from app.view import style
from app.view.i18n import set_language
from app.view.scene.overlay.key_hints import KeyHint
from app.view.theme import THEMES


def test_a_hint_that_is_shown_follows_language_and_theme(app: QApplication) -> None:
    around = QWidget()
    around.resize(600, 400)
    around.show()
    hint = KeyHint(around)
    hint.show_hint(lambda: tr("Labels"))
    assert (hint.text(), hint.isVisible()) == ("Labels", True)
    set_language("zh_CN")
    QCoreApplication.sendEvent(hint, QEvent(QEvent.Type.LanguageChange))
    assert hint.text() == "标签"
    style.apply_theme(app, THEMES["dark"])
    assert THEMES["dark"].pill in hint.styleSheet()
    hint.show_hint(None)
    assert not hint.isVisible()
    set_language("en")
    style.apply_theme(app, THEMES["light"])
    around.deleteLater()
