"""Painted time slider of the last days, with the displayed moment and the comparison pin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import override

from PySide6.QtCore import QDate, QEvent, QPointF, QRect, QRectF, QSize, Qt, QTime, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSlider, QToolTip

from app.i18n import current_language
from app.view.chart.home_state import HomeSpan, paint_spans
from app.view.formatting import format_clock, format_date
from app.view.site_clock import site_midnight, site_moment, site_time
from app.view.style import colour, current_theme, font, text_width

SPANS_S = (86400, 604800, 2592000)
_GRID_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360)
"""Steps of selectable moments in minutes; the finest step that is at least a pixel wide is used."""
_HOURS = (1, 2, 3, 6, 12)
_DAYS = (1, 2, 5, 7, 14)
_MINOR = {1: 4, 2: 2, 3: 3, 6: 6, 12: 4}
"""Number of parts into which minor ticks divide this many hours."""
_EDGE_PX, _GROOVE_Y, _LABEL_Y = 10.0, 15.0, 27.0
_HOME_PX = 3.5
_APART_PX = 64.0
_SAME_MS = 15_000
"""A change of the present by less than this many ms causes no repaint."""
_GRAB_PX = 9.0
_KEYS = (
    Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down,
    Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimeTick:
    """A tick below the slider; minor ticks have no label, ticks at midnight are strong."""

    time_ms: int
    label: str = ""
    strong: bool = False


def ticks(from_ms: int, to_ms: int, width_px: float) -> list[TimeTick]:
    """Ticks at round local hours or days, with labels at least 64 pixels apart."""
    per_hour = width_px * 3_600_000 / max(1, to_ms - from_ms)
    hours = next((h for h in _HOURS if h * per_hour >= _APART_PX), 0)
    if hours:
        return list(_hours(from_ms, to_ms, hours))
    days = next((d for d in _DAYS if d * 24 * per_hour >= _APART_PX), _DAYS[-1])
    return list(_days(from_ms, to_ms, days, narrow=24 * per_hour < 4))


def _hours(from_ms: int, to_ms: int, hours: int) -> Iterator[TimeTick]:
    part = hours * 60 // _MINOR[hours]
    for date in _dates(from_ms, to_ms):
        for minute in range(0, 1440, part):
            # a clock time that the change to summer time skips is none
            at = site_time(date, QTime(minute // 60, minute % 60))
            if not from_ms <= at.toMSecsSinceEpoch() <= to_ms or at.time() != QTime(minute // 60, minute % 60):
                continue
            label = "" if minute % (hours * 60) else _day(date, weekday=True) if minute == 0 else format_clock(at)
            yield TimeTick(at.toMSecsSinceEpoch(), label, minute == 0)


def _days(from_ms: int, to_ms: int, days: int, *, narrow: bool) -> Iterator[TimeTick]:
    for date in _dates(from_ms, to_ms):
        at = site_midnight(date).toMSecsSinceEpoch()
        labelled = date.toJulianDay() % days == 0
        if from_ms <= at <= to_ms and (labelled or not narrow):
            yield TimeTick(at, _day(date, weekday=days == 1) if labelled else "", date.day() == 1)


def _dates(from_ms: int, to_ms: int) -> Iterator[QDate]:
    date, last = (site_moment(at).date() for at in (from_ms, to_ms))
    while date <= last:
        yield date
        date = date.addDays(1)


def _day(date: QDate, *, weekday: bool) -> str:
    return format_date(date, "Ed" if weekday else "MMMd")


class TimeSlider(QSlider):
    """Slider over the last days; emits `moved` (UTC ms, None for the present) and `pinned` (UTC ms)."""

    moved = Signal(object)
    pinned = Signal(object)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName("timeline")
        self.setMinimumSize(72, 48)
        self.setMouseTracking(True)
        self.span_s = SPANS_S[0]
        self.end_ms = 0
        self.shown_ms: int | None = None
        self.pin_ms: int | None = None
        self._drags_pin = self._over = False
        self.marks: tuple[int, ...] = ()
        """Times of alarms, UTC ms."""
        self.home: tuple[HomeSpan, ...] = ()
        """The state of the home."""
        self._painted: object = None
        self._ticks_of: object = None
        self._marks: list[TimeTick] = []
        self._fit()
        self.actionTriggered.connect(self._stepped)

    # what it shows

    @property
    def grid_ms(self) -> int:
        """The step between selectable moments in ms."""
        per_px = self.span_s / 60 / max(1.0, self.width() - 2 * _EDGE_PX)
        return next((step for step in _GRID_MIN if step >= per_px), _GRID_MIN[-1]) * 60_000

    @property
    def start_ms(self) -> int:
        """The time at the left end, UTC ms."""
        return self.end_ms - self.span_s * 1000

    def show_span(self, span_s: int) -> None:
        """Sets the length of the slider's time span in seconds."""
        self.span_s = span_s
        self._fit()
        self.show_moments(self.end_ms, self.shown_ms, self.pin_ms)

    def show_moments(self, now_ms: int, shown_ms: int | None, pin_ms: int | None) -> None:
        """Sets the right end, the shown moment (None: present) and the compared one (None: none), in UTC ms."""
        self.end_ms, self.shown_ms, self.pin_ms = now_ms, shown_ms, pin_ms
        back = 0 if shown_ms is None else max(1, round((now_ms - shown_ms) / self.grid_ms))
        self.blockSignals(True)
        self.setValue(self.maximum() - back)
        self.blockSignals(False)
        seen = [None if at is None else round(2 * self.x_of(at)) for at in (shown_ms, pin_ms)]
        key = (*seen, now_ms // _SAME_MS, self.span_s)
        if key != self._painted:
            self._painted = key
            self.update()

    def show_marks(self, times_ms: tuple[int, ...]) -> None:
        """Shows alarms at these times (UTC ms) as red marks above the slider."""
        if times_ms != self.marks:
            self.marks = times_ms
            self.update()

    def show_home(self, spans: tuple[HomeSpan, ...]) -> None:
        """Shows the state of the home as a band above the slider."""
        if spans != self.home:
            self.home = spans
            self.update()

    def on_grid(self, time_ms: int) -> int:
        """Rounds a time (UTC ms) down to a multiple of the step."""
        return time_ms // self.grid_ms * self.grid_ms

    def moment_of(self, value: int) -> int | None:
        """The time (UTC ms) of a slider value; None at the right end."""
        back = self.maximum() - value
        return self.on_grid(self.end_ms - back * self.grid_ms) if back > 0 else None

    def _fit(self) -> None:
        self.blockSignals(True)
        self.setRange(0, self.span_s * 1000 // self.grid_ms)
        self.setPageStep(max(1, self.maximum() // 24))
        self.blockSignals(False)

    def _stepped(self, _action: int) -> None:
        # keys and the wheel; sliderPosition is where the value will be
        self.moved.emit(self.moment_of(self.sliderPosition()))

    # where things are

    def x_of(self, time_ms: int | None) -> float:
        """The x position of a time (UTC ms) in pixels; None is the present."""
        wide = self.width() - 2 * _EDGE_PX
        share = 1.0 if time_ms is None else (time_ms - self.start_ms) / (self.span_s * 1000)
        return _EDGE_PX + wide * min(1.0, max(0.0, share))

    def moment_at(self, x: float) -> int | None:
        """The rounded time (UTC ms) at an x position; None at the right end."""
        wide = max(1.0, self.width() - 2 * _EDGE_PX)
        share = (x - _EDGE_PX) / wide
        if share >= 1.0 - 1.5 / wide:
            return None
        return self.on_grid(self.start_ms + round(max(0.0, share) * self.span_s * 1000))

    # what the user does

    @override
    def event(self, event: QEvent) -> bool:
        """Keeps the window's shortcuts from taking the slider's keys while it has the focus."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _KEYS:
            event.accept()
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self.moment_at(event.pos().x())
            at = self.end_ms - 1 if at is None else at
            here = next((one for one in self.home if one.from_ms <= at < one.to_ms), None)
            QToolTip.showText(event.globalPos(), "" if here is None else here.tip(self.end_ms), self)
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow and Page keys move the handle, Home and End go to the ends; Shift with arrows moves the pin."""
        way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if way and self.pin_ms is not None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._pin(self.on_grid(self.pin_ms) + way * self.singleStep() * self.grid_ms)
        else:
            super().keyPressEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Starts dragging the pin or the handle; a click elsewhere moves the handle there."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        on_pin = self.pin_ms is not None and abs(x - self.x_of(self.pin_ms)) <= _GRAB_PX
        handle = abs(x - self.x_of(self.shown_ms))
        self._drags_pin = on_pin and (handle > _GRAB_PX or abs(x - self.x_of(self.pin_ms)) < handle)
        self.setSliderDown(True)
        self._drag(x)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drags, or changes the cursor over pin and handle."""
        x = event.position().x()
        if self.isSliderDown():
            self._drag(x)
            return
        near = any(abs(x - self.x_of(at)) <= _GRAB_PX for at in (self.shown_ms, self.pin_ms or self.shown_ms))
        if near is not self._over:
            self._over = near
            self.setCursor(Qt.CursorShape.SizeHorCursor if near else Qt.CursorShape.PointingHandCursor)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ends dragging."""
        self.setSliderDown(False)
        self._drags_pin = False
        self.update()

    def _drag(self, x: float) -> None:
        at = self.moment_at(x)
        if self._drags_pin:
            self._pin(self.end_ms if at is None else at)
        elif at != self.shown_ms:
            self.moved.emit(at)

    def _pin(self, time_ms: int) -> None:
        self.pinned.emit(min(self.end_ms, max(self.start_ms, time_ms)))

    # how it looks

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Adapts the step to the new width."""
        super().resizeEvent(event)
        self._fit()
        self.show_moments(self.end_ms, self.shown_ms, self.pin_ms)

    @override
    def sizeHint(self) -> QSize:
        """Preferred size: 400 x 48 pixels."""
        return QSize(400, 48)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the home's state, groove, compared span, ticks, alarm marks, pin and handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, handle = current_theme(), self.x_of(self.shown_ms)
        painter.setPen(Qt.PenStyle.NoPen)
        self._band(painter, self.x_of(self.start_ms), self.x_of(None), theme.line)
        self._band(painter, self.x_of(self.start_ms), handle, theme.faint, 0.55)
        if self.pin_ms is not None:
            pin = self.x_of(self.pin_ms)
            self._band(painter, min(pin, handle), max(pin, handle), theme.accent)
        self._ticks(painter, event.rect())
        paint_spans(painter, self.home, QRectF(_EDGE_PX, 0, self.width() - 2 * _EDGE_PX, _HOME_PX), self.x_of)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(theme.error))
        for x in sorted({round(self.x_of(at) / 3) * 3 for at in self.marks if at >= self.start_ms}):
            painter.drawRoundedRect(QRectF(x - 1.5, _GROOVE_Y - 9.0, 3.0, 4.0), 1.5, 1.5)
        if self.pin_ms is not None:
            self._diamond(painter, self.x_of(self.pin_ms))
        edge = theme.accent if self.hasFocus() or self.isSliderDown() else theme.faint
        painter.setPen(QPen(colour(edge), 2.0 if self.hasFocus() else 1.4))
        painter.setBrush(colour(theme.raised if theme.name == "light" else theme.text))
        painter.drawEllipse(QPointF(handle, _GROOVE_Y), 7.0, 7.0)
        painter.end()

    def _band(self, painter: QPainter, left: float, right: float, token: str, alpha: float = 1.0) -> None:
        painter.setBrush(colour(token, alpha))
        painter.drawRoundedRect(QRectF(left, _GROOVE_Y - 2.5, max(0.0, right - left), 5.0), 2.5, 2.5)

    def _diamond(self, painter: QPainter, x: float) -> None:
        theme, half = current_theme(), 6.5
        painter.setPen(QPen(colour(theme.panel), 2.0))
        painter.setBrush(colour(theme.accent))
        points = ((x, _GROOVE_Y - half), (x + half, _GROOVE_Y), (x, _GROOVE_Y + half), (x - half, _GROOVE_Y))
        painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))

    def _ticks(self, painter: QPainter, seen: QRect) -> None:
        """Paints the ticks that overlap `seen`."""
        theme = current_theme()
        taken = -1e9
        key = (self.start_ms // _SAME_MS, self.end_ms // _SAME_MS, self.width(), current_language())
        if key != self._ticks_of:
            self._ticks_of, self._marks = key, ticks(self.start_ms, self.end_ms, self.width() - 2 * _EDGE_PX)
        for tick in self._marks:
            x = round(self.x_of(tick.time_ms)) + 0.5
            wide = text_width(tick.label, 11, strong=tick.strong) if tick.label else 0.0
            left = min(max(0.0, x - wide / 2), self.width() - wide)
            fits = bool(tick.label) and left > taken + 8
            taken = left + wide if fits else taken
            if max(x, left + wide) + 2 < seen.left() or min(x, left) - 2 > seen.right():
                continue
            painter.setPen(QPen(colour(theme.muted if tick.strong else theme.faint, 1.0 if tick.label else 0.55), 1.0))
            painter.drawLine(QPointF(x, _GROOVE_Y + 7), QPointF(x, _GROOVE_Y + (12 if tick.label else 9.5)))
            if fits:
                painter.setFont(font(11, strong=tick.strong))
                painter.setPen(colour(theme.text if tick.strong else theme.muted))
                painter.drawText(QRectF(left, _LABEL_Y, wide + 1, 15), Qt.AlignmentFlag.AlignCenter, tick.label)
