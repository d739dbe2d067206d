"""Small painted widgets for controls and panels: labels, icon buttons, spinner, toggle switch."""

from __future__ import annotations

import re
from typing import override

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from app.view.control.safe_text import entry, few_lines, one_line, set_tip, visible
from app.view.icon import icon, pixmap
from app.view.style import colour, current_theme

LINE_LETTERS, WRAPPED_LETTERS = 300, 700
_SHRINKS_PX, _WIDEST_PX = 150, 720
_LONG_WORD = re.compile(r"\S{41,}")


class Label(QLabel):
    """Plain text label of limited length and width. A single line is elided if it does not fit, with the full text as
    tool tip; wrapped text may break within long words."""

    def __init__(self, text: str = "", name: str = "", *, wrap: bool = False) -> None:
        super().__init__()
        self._elided = False
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setObjectName(name)
        self.setWordWrap(wrap)
        self.setText(text)

    @override
    def setText(self, arg__1: str, /) -> None:
        """Sets the text, cut to the label's limit."""
        if not self.wordWrap():
            shown = one_line(arg__1, LINE_LETTERS)
        elif self.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse:
            shown = visible(few_lines(arg__1), WRAPPED_LETTERS)
        else:  # a place to break: Qt breaks between words only
            shown = _LONG_WORD.sub(
                lambda word: "\u200b".join(re.findall(".{1,40}", word[0])), visible(few_lines(arg__1), WRAPPED_LETTERS)
            )
        super().setText(shown)

    @override
    def minimumSizeHint(self) -> QSize:
        """Minimum size: the width of the text, at most 150 pixels."""
        wanted = super().minimumSizeHint()
        return QSize(min(wanted.width(), _SHRINKS_PX), wanted.height())

    @override
    def sizeHint(self) -> QSize:
        """Preferred size: the width of the text, at most 720 pixels."""
        wanted = super().sizeHint()
        return wanted if self.wordWrap() else QSize(min(wanted.width(), _WIDEST_PX), wanted.height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the text, elided if it does not fit; the full text is then the tool tip."""
        box = self.contentsRect()
        fits = self.wordWrap() or self.fontMetrics().horizontalAdvance(self.text()) <= box.width()
        if self._elided is fits:
            self._elided = not fits
            set_tip(self, "" if fits else self.text())
        if fits:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        if not self.isEnabled():
            painter.setPen(colour(current_theme().offline))
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, int(self.alignment()), shown)
        painter.end()


def text_label(text: str = "", name: str = "", *, wrap: bool = False, select: bool = False) -> Label:
    """A label that shows plain text only; `name` selects its style (`muted`, `heading` ...)."""
    made = Label("", name, wrap=wrap)
    if select:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    made.setText(text)
    return made


def show_text(label: QLabel, text: str, style: str) -> None:
    """Shows a text in one of the styles of labels, such as `reason` for a failure; hides the label for an empty one."""
    label.setText(text)
    if label.objectName() != style:
        label.setObjectName(style)
        label.style().polish(label)
    label.setVisible(bool(text))


class ElidedLabel(Label):
    """A label of one line that takes the remaining width and requires none."""

    def __init__(self, text: str = "", name: str = "") -> None:
        super().__init__(text, name)
        self.setMinimumWidth(24)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)


def button(text: str = "", name: str = "") -> QPushButton:
    """A push button with untrusted text: one line, without mnemonics."""
    made = QPushButton(entry(text))
    made.setObjectName(name)
    made.setAccessibleName(text)
    return made


class IconButton(QToolButton):
    """A flat button whose icon follows the theme."""

    def __init__(self, name: str, text: str = "", *, tone: str = "muted", size: int = 18) -> None:
        super().__init__()
        self._name, self._tone = name, tone
        self.setIconSize(QSize(size, size))
        self.set_description(text)
        self._apply_theme()

    def set_description(self, text: str) -> None:
        """Sets the description of the button for tool tip and screen readers."""
        set_tip(self, text)
        self.setAccessibleName(text)

    def set_icon(self, name: str) -> None:
        """Sets the icon by name."""
        if name != self._name:
            self._name = name
            self._apply_theme()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Redraws the icon after a change of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._apply_theme()

    def _apply_theme(self) -> None:
        self.setIcon(icon(self._name, current_theme(), self._tone))


class IconLabel(QWidget):
    """A theme icon as a picture that cannot be clicked."""

    def __init__(self, name: str, *, tone: str = "muted", size: int = 20) -> None:
        super().__init__()
        self._name, self._tone, self._size = name, tone, size
        self.setFixedSize(size, size)

    def set_icon(self, name: str, tone: str = "") -> None:
        """Sets the icon by name, and its tone if given."""
        self._name, self._tone = name, tone or self._tone
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the icon in its tone."""
        painter = QPainter(self)
        painter.drawPixmap(
            0, 0, pixmap(self._name, getattr(current_theme(), self._tone), self._size, self.devicePixelRatioF())
        )
        painter.end()


class StatusDot(QWidget):
    """A small coloured dot."""

    def __init__(self, tone: str = "good") -> None:
        super().__init__()
        self._tone = tone
        self.setFixedSize(10, 10)

    def set_tone(self, tone: str) -> None:
        """Sets the tone: `good`, `warning`, `error`, `offline` or `accent`."""
        if tone != self._tone:
            self._tone = tone
            self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the dot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(getattr(current_theme(), self._tone)))
        painter.drawEllipse(QRectF(1.5, 1.5, 7, 7))
        painter.end()


class Spinner(QWidget):
    """Busy indicator; keeps its space while it is not turning."""

    def __init__(self, size: int = 14) -> None:
        super().__init__()
        self.setFixedSize(size, size)
        self._angle, self._busy = 0, False
        self._timer = QTimer(self)
        self._timer.setInterval(40)
        self._timer.timeout.connect(self._turn)

    @property
    def busy(self) -> bool:
        """Whether the indicator is turning."""
        return self._busy

    def set_busy(self, busy: bool) -> None:
        """Starts or stops turning."""
        if busy != self._busy:
            self._busy = busy
            self._timer.start() if busy and self.isVisible() else self._timer.stop()
            self.update()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        """Restarts the animation when the widget becomes visible again."""
        if self._busy:
            self._timer.start()

    def _turn(self) -> None:
        if not self.isVisible():
            self._timer.stop()
        self._angle = (self._angle + 18) % 360
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the turning ring; nothing while not busy."""
        if not self._busy:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(2, 2, self.width() - 4, self.height() - 4)
        painter.setPen(QPen(colour(current_theme().line), 2))
        painter.drawEllipse(box)
        painter.setPen(QPen(colour(current_theme().accent), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(box, -self._angle * 16, 100 * 16)
        painter.end()


class ToggleSwitch(QAbstractButton):
    """Toggle switch that shows the reported state; the knob is in the middle while a command is pending or the state is
    unknown."""

    def __init__(self) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setFixedSize(40, 24)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._pending, self._known = False, True

    def set_known(self, known: bool) -> None:
        """Sets whether the device reports a state (on or off)."""
        if known != self._known:
            self._known = known
            self.update()

    @property
    def is_known(self) -> bool:
        """Whether the state is known and no command is pending: the knob is at one of its ends."""
        return self._known and not self._pending

    def set_pending(self, pending: bool) -> None:
        """Sets whether a command is pending."""
        if pending != self._pending:
            self._pending = pending
            self.update()

    @override
    def nextCheckState(self) -> None:
        """Does nothing: a click only sends a command, and the device's report moves the knob."""

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints groove, knob and focus ring."""
        theme, painter = current_theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(2, 2, self.width() - 4, self.height() - 4)
        on = self.isChecked()
        groove = theme.accent if on else theme.faint
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(groove, 1.0 if self.isEnabled() and not self._pending else 0.45))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        radius = box.height() / 2 - 2.5
        left, right = box.left() + radius + 2.5, box.right() - radius - 2.5
        x = (right if on else left) if self.is_known else (left + right) / 2
        painter.setBrush(colour(theme.raised if theme.name == "light" else theme.text))
        painter.drawEllipse(QPointF(x, box.center().y()), radius, radius)
        if self.hasFocus():
            painter.setPen(QPen(colour(theme.accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ring = QRectF(0.75, 0.75, self.width() - 1.5, self.height() - 1.5)
            painter.drawRoundedRect(ring, ring.height() / 2, ring.height() / 2)


def row(*widgets: QWidget | int, spacing: int = 8) -> QHBoxLayout:
    """A horizontal layout of these widgets; a number adds a stretch."""
    made = QHBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(spacing)
    for widget in widgets:
        made.addStretch(widget) if isinstance(widget, int) else made.addWidget(widget)
    return made
