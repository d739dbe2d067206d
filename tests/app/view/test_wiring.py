"""Every signal of a part of the window, and of the 3D view, is heard by somebody."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMetaMethod, QObject

from app.view.window import MainWindow
from app.view.wiring import PARTS


def unheard(part: QObject, owner: type) -> list[str]:
    """Signals that `owner` declares and nobody hears."""
    meta = owner.staticMetaObject  # type: ignore[attr-defined]
    methods = [meta.method(i) for i in range(meta.methodOffset(), meta.methodCount())]
    signals = [one for one in methods if one.methodType() is QMetaMethod.MethodType.Signal]
    assert signals
    return [bytes(one.name().data()).decode() for one in signals if not part.isSignalConnected(one)]


@pytest.mark.parametrize("name", sorted(PARTS))
def test_every_wish_of_a_part_of_the_window_is_heard(window: MainWindow, name: str) -> None:
    part = window.parts[name]
    assert unheard(part, type(part)) == []
