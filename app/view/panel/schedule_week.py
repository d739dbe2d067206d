"""The week of a schedule as seven rows of bars, edited by mouse and keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import override

from PySide6.QtCore import QLocale, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.i18n import tr
from app.view.control.safe_text import set_tip
from app.view.style import colour, current_theme, font, mix
from twin.rules.schedule_spans import DaySpan, DaySpans, with_span
from twin.rules.wall_clock import DAY_MINUTES

STEP = 15
"""Minutes to which edges snap."""
ROW_PX, LEFT_PX, HEAD_PX, EDGE_PX, RIGHT_PX = 30, 84, 20, 6, 8
HOURS = (0, 6, 12, 18, 24)
NEW_MINUTES = 60


def day_name(weekday: int) -> str:
    """A weekday's name; 0 is Monday."""
    return QLocale().standaloneDayName(weekday + 1)


def span_clock(span: DaySpan) -> str:
    """Times of a span as `07:00–18:30`."""
    return "–".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in (span.begin, span.end))


class WeekBars(QWidget):
    """Bars of seven days. Drag on a free place adds a span, on a bar moves it, on its edge changes its time."""

    changed = Signal()
    chosen = Signal()

    def __init__(self, text_of: Callable[[float], str]) -> None:
        super().__init__()
        self.text_of, self.new_value = text_of, 1.0
        self.week: list[DaySpans] = [()] * 7
        self.day, self.at = 0, -1
        """Weekday, and index of the chosen span on it; -1: none."""
        self._drag: tuple[str, int, DaySpan, DaySpans] | None = None
        """What is dragged (new, move, begin, end), where it began (minute), the span before, and the others."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        set_tip(self, tr("Drag to add, move or resize. Keys: arrows, Insert, Delete; Shift moves, Ctrl resizes"))
        self._announce()

    def show_week(self, week: Sequence[DaySpans]) -> None:
        """Shows another week."""
        self.week = list(week)
        self.choose(self.day, 0 if self.week[self.day] else -1)

    @property
    def span(self) -> DaySpan | None:
        """The chosen span."""
        return self.week[self.day][self.at] if 0 <= self.at < len(self.week[self.day]) else None

    def choose(self, day: int, at: int) -> None:
        """Chooses a day and a span on it."""
        self.day, self.at = day, min(at, len(self.week[day]) - 1)
        self._announce()
        self.chosen.emit()
        self.update()

    def put(self, span: DaySpan) -> None:
        """Replaces the chosen span, or adds one; what it covers gives way."""
        others = tuple(one for at, one in enumerate(self.week[self.day]) if at != self.at)
        self._put(span, others)
        self.changed.emit()

    def remove(self) -> None:
        """Deletes the chosen span."""
        if self.span is not None:
            day = self.week[self.day]
            self.week[self.day] = (*day[: self.at], *day[self.at + 1 :])
            self.choose(self.day, self.at if self.at < len(day) - 1 else self.at - 1)
            self.changed.emit()

    def copy_day(self, days: Sequence[int]) -> None:
        """Gives these days the spans of the chosen day."""
        for day in days:
            self.week[day] = self.week[self.day]
        self.update()
        self.changed.emit()

    def _put(self, span: DaySpan, others: DaySpans) -> None:
        self.week[self.day] = with_span(others, span)
        self.choose(self.day, self.week[self.day].index(span))

    def _announce(self) -> None:
        """Names the chosen day and span for screen readers."""
        span = self.span
        words = tr("no span") if span is None else f"{span_clock(span)} {self.text_of(span.value)}"
        self.setAccessibleName(f"{tr('Week')}: {day_name(self.day)}, {words}")
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))

    # -- places

    @override
    def sizeHint(self) -> QSize:
        return QSize(560, HEAD_PX + 7 * ROW_PX)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(420, HEAD_PX + 7 * ROW_PX)

    def x_of(self, minute: int) -> float:
        """Horizontal place of a minute of the day, px."""
        return LEFT_PX + minute / DAY_MINUTES * (self.width() - LEFT_PX - RIGHT_PX)

    def place(self, day: int, minute: int) -> QPointF:
        """The middle of a day's row at a minute."""
        return QPointF(self.x_of(minute), HEAD_PX + (day + 0.5) * ROW_PX)

    def _minute(self, x: float) -> int:
        minutes = (x - LEFT_PX) / max(1, self.width() - LEFT_PX - RIGHT_PX) * DAY_MINUTES
        return min(DAY_MINUTES, max(0, round(minutes / STEP) * STEP))

    def _hit(self, day: int, x: float) -> tuple[int, str]:
        """The span at a place (-1: none), and its part: begin, end or move."""
        for at, span in enumerate(self.week[day]):
            begin, end = self.x_of(span.begin), self.x_of(span.end)
            edge = min(EDGE_PX, (end - begin) / 4)
            if begin - 2 <= x <= end + 2:
                return at, "begin" if x < begin + edge else "end" if x > end - edge else "move"
        return -1, "new"

    # -- mouse and keys

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        x, y = event.position().x(), event.position().y()
        day = int((y - HEAD_PX) // ROW_PX)
        if event.button() is not Qt.MouseButton.LeftButton or not 0 <= day < 7:
            return
        at, part = self._hit(day, x)
        self.choose(day, at)
        minute = self._minute(x)
        span = self.span or DaySpan(minute, minute, self.new_value)
        others = tuple(one for index, one in enumerate(self.week[day]) if index != at)
        self._drag = (part, minute, span, others) if x >= LEFT_PX else None

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None:
            return
        part, from_minute, span, others = self._drag
        minute = self._minute(event.position().x())
        moved = _dragged(part, from_minute, minute, span)
        if moved.begin < moved.end:
            self._put(moved, others)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, None
        if drag is not None and self.span is not None and self.span != drag[2]:
            self.changed.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, held, span = event.key(), event.modifiers(), self.span
        step = {Qt.Key.Key_Left: -STEP, Qt.Key.Key_Right: STEP}.get(Qt.Key(key), 0)
        if step and held & Qt.KeyboardModifier.ShiftModifier and span is not None:
            self.put(_dragged("move", 0, step, span))
        elif step and held & Qt.KeyboardModifier.ControlModifier and span is not None:
            self.put(_dragged("end", 0, span.end + step, span))
        elif step:
            self.choose(self.day, min(max(0, self.at + (1 if step > 0 else -1)), len(self.week[self.day]) - 1))
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.choose((self.day + (1 if key == Qt.Key.Key_Down else -1)) % 7, 0)
        elif key == Qt.Key.Key_Insert:
            self.add()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove()
        else:
            super().keyPressEvent(event)

    def add(self) -> None:
        """Adds an hour after the chosen span, or at eight."""
        begin = min(self.span.end if self.span is not None else 8 * 60, DAY_MINUTES - NEW_MINUTES)
        self._put(DaySpan(begin, begin + NEW_MINUTES, self.new_value), self.week[self.day])
        self.changed.emit()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    # -- picture

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = current_theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(11))
        for hour in HOURS:
            x = self.x_of(hour * 60)
            painter.setPen(QPen(colour(theme.line), 1))
            painter.drawLine(QPointF(x, HEAD_PX), QPointF(x, self.height()))
            painter.setPen(colour(theme.muted))
            box = QRectF(x - 30, 0, 60, HEAD_PX) if hour < 24 else QRectF(x - 60 + RIGHT_PX, 0, 60, HEAD_PX)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter if hour < 24 else Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{hour}:00")  # fmt: skip
        values = sorted({span.value for day in self.week for span in day})
        for day, spans in enumerate(self.week):
            self._paint_day(painter, day, spans, values)

    def _paint_day(self, painter: QPainter, day: int, spans: DaySpans, values: list[float]) -> None:
        theme, top = current_theme(), HEAD_PX + day * ROW_PX
        painter.setPen(colour(theme.text if day == self.day else theme.muted))
        name_box = QRectF(0, top, LEFT_PX - 8, ROW_PX)
        painter.drawText(name_box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, day_name(day))
        line = QRectF(LEFT_PX, top + 4, self.x_of(DAY_MINUTES) - LEFT_PX, ROW_PX - 8)
        painter.fillRect(line, colour(theme.line, 0.35))
        for at, span in enumerate(spans):
            box = QRectF(
                self.x_of(span.begin) + 0.5, top + 4, self.x_of(span.end) - self.x_of(span.begin) - 1, ROW_PX - 8
            )
            chosen = day == self.day and at == self.at
            painter.setPen(QPen(colour(theme.text if chosen and self.hasFocus() else theme.accent), 2 if chosen else 1))
            painter.setBrush(colour(bar_tone(span.value, values)))
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(colour(theme.text))
            text = painter.fontMetrics().elidedText(
                self.text_of(span.value), Qt.TextElideMode.ElideRight, round(box.width() - 8)
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text if box.width() > 20 else "")


def bar_tone(value: float, values: Sequence[float]) -> str:
    """The colour of a value's bar: stronger the higher it stands among all values."""
    theme, rank = current_theme(), values.index(value) if value in values else 0
    return mix(theme.panel, theme.accent, 0.12 + 0.28 * (rank + 1) / max(1, len(values)))


def _dragged(part: str, from_minute: int, minute: int, span: DaySpan) -> DaySpan:
    """The span after a drag of its part from one minute to another."""
    if part == "new":
        return span._replace(begin=min(from_minute, minute), end=max(from_minute, minute))
    if part == "begin":
        return span._replace(begin=min(minute, span.end - STEP))
    if part == "end":
        return span._replace(end=min(max(minute, span.begin + STEP), DAY_MINUTES))
    by = min(max(minute - from_minute, -span.begin), DAY_MINUTES - span.end)
    return span._replace(begin=span.begin + by, end=span.end + by)
