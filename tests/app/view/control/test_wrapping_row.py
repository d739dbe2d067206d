"""A row of buttons that is too long goes on below and makes nothing wider."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from app.view.control.wrapping_row import WrappingRow


def shown(width: int, *, hidden: int | None = None) -> tuple[QWidget, list[QPushButton]]:
    buttons = [QPushButton(f"Button {number}") for number in range(4)]
    for button in buttons:
        button.setFixedSize(100, 30)
    host = QWidget()
    host.setLayout(WrappingRow(*buttons))
    host.layout().setContentsMargins(0, 0, 0, 0)  # pyright: ignore[reportOptionalMemberAccess]
    if hidden is not None:
        buttons[hidden].hide()
    host.resize(width, 200)
    host.show()
    return host, buttons


def test_buttons_stand_side_by_side_while_they_fit_and_go_on_below(app: object) -> None:
    _, wide = shown(424)
    assert [one.pos().toTuple() for one in wide] == [(0, 0), (108, 0), (216, 0), (324, 0)]
    host, narrow = shown(320)
    assert [one.pos().toTuple() for one in narrow] == [(0, 0), (108, 0), (216, 0), (0, 38)]
    assert host.layout().heightForWidth(320) == 68  # pyright: ignore[reportOptionalMemberAccess]


def test_it_needs_no_more_width_than_one_button(app: object) -> None:
    host, _ = shown(320)
    assert host.minimumSizeHint().width() == 100


def test_a_hidden_button_leaves_no_gap(app: object) -> None:
    _, buttons = shown(320, hidden=1)
    assert [one.x() for at, one in enumerate(buttons) if at != 1] == [0, 108, 216]
