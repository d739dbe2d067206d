"""What a rule would have done on recorded days: a strip of its starts beside the real ones, and its conflicts in words."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import QLocale, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import sentence, tr, translate
from app.view.chart.home_strip import HomeStrip
from app.view.control.widgets import text_label
from app.view.formatting import format_time
from app.view.site_clock import site_midnight, site_moment
from app.view.style import colour, current_theme
from twin.model.rule_status import RuleClash, RulePreview

LISTED = 4
"""Newest starts that are listed in words."""
_BEGINNINGS = ("run.started", "run.refused", "run.busy", "run.dropped", "run.circles", "run.schedule_step")
_MARK_PX, _ROW_PX, _DAYS_PX = 2.0, 14, 16
DAY_MS = 86_400_000


class StartStrip(QWidget):
    """Two rows of marks along the previewed time: when the rule would have started, and when it did."""

    def __init__(self) -> None:
        super().__init__()
        self._found: RulePreview | None = None
        self.setAccessibleName(tr("Starts in the recorded days"))

    def show_preview(self, found: RulePreview | None) -> None:
        """Shows another preview."""
        self._found = found
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, 2 * _ROW_PX + _DAYS_PX)

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _x(self, at_ms: int) -> float:
        found = self._found
        if found is None or found.to_ms <= found.from_ms:
            return 0.0
        return (at_ms - found.from_ms) / (found.to_ms - found.from_ms) * (self.width() - _MARK_PX)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the days, then both rows of marks."""
        if self._found is None:
            return
        theme, painter = current_theme(), QPainter(self)
        painter.setPen(QPen(colour(theme.line), 1))
        day = site_midnight(site_moment(self._found.from_ms).date().addDays(1))
        while day.toMSecsSinceEpoch() < self._found.to_ms:
            x = self._x(day.toMSecsSinceEpoch())
            painter.setPen(QPen(colour(theme.line), 1))
            painter.drawLine(round(x), 0, round(x), 2 * _ROW_PX)
            painter.setPen(colour(theme.faint))
            day_end = site_midnight(day.date().addDays(1))
            end = self._x(min(day_end.toMSecsSinceEpoch(), self._found.to_ms))
            name = QLocale().dayName(day.date().dayOfWeek(), QLocale.FormatType.ShortFormat)
            if painter.fontMetrics().horizontalAdvance(name) <= end - x:
                painter.drawText(QRectF(x, 2 * _ROW_PX, end - x, _DAYS_PX), Qt.AlignmentFlag.AlignCenter, name)
            day = day_end
        for row, (times, tone) in enumerate(
            ((self._found.starts_ms, theme.accent), (self._found.happened_ms, theme.muted))
        ):
            for at in times:
                box = QRectF(self._x(at), row * _ROW_PX + 2, _MARK_PX, _ROW_PX - 4)
                painter.fillRect(box, colour(tone))


class RulePreviewBox(QWidget):
    """Strip of starts, its summary, the newest starts and the conflicts."""

    def __init__(self) -> None:
        super().__init__()
        self.summary, self.steps = text_label("", "", wrap=True), text_label("", "faint", wrap=True)
        self.clashes, self.strip = text_label("", "reason", wrap=True), StartStrip()
        self.home = HomeStrip()
        """The state of the home in the previewed time."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for one in (self.summary, self.home, self.strip, self.steps, self.clashes):
            column.addWidget(one)
        self.say_nothing("")

    def say_nothing(self, why: str) -> None:
        """Shows no preview, and why."""
        self.summary.setText(why)
        self.strip.show_preview(None)
        self.home.show_spans(())
        for one in (self.strip, self.steps, self.clashes):
            one.hide()

    def show_preview(self, found: RulePreview) -> None:
        """Shows what would have happened, and the conflicts."""
        self.summary.setText(summary(found))
        self.strip.show_preview(found)
        self.home.show_time(found.from_ms, found.to_ms)
        self.strip.setVisible(bool(found.starts_ms or found.happened_ms))
        begun = [one for one in found.steps if one.reason.code in _BEGINNINGS]
        lines = [f"{format_time(one.time_ms)} · {sentence(one.reason)}" for one in reversed(begun[-LISTED:])]
        self.steps.setText("\n".join(lines))
        self.steps.setVisible(bool(lines))
        self.clashes.setText("\n".join(clash_text(one) for one in found.clashes))
        self.clashes.setVisible(bool(found.clashes))


def summary(found: RulePreview) -> str:
    """The preview in one or two sentences."""
    days = max(1, round((found.to_ms - found.from_ms) / DAY_MS))
    if not found.starts_ms and not found.refused and not found.readings:
        return tr("Nothing that it reads was recorded in the last %n days.", days)
    said = tr("In the last %n days it would have started {times}.", days, times=tr("%n times", len(found.starts_ms)))
    if found.shortened:
        said += " " + tr(
            "It was tried from {time} on: before, more was recorded than can be tried.", time=format_time(found.from_ms)
        )
    if found.refused:
        said += " " + tr("%n more starts were prevented by its conditions.", found.refused)
    if found.happened_ms:
        said += " " + tr("It really started %n times.", len(found.happened_ms))
    return said


def clash_text(clash: RuleClash) -> str:
    """A conflict as a sentence."""
    names = ", ".join(sentence(one) for one in clash.titles)
    about = f" ({sentence(clash.name)})" if clash.name is not None else ""
    return f"{names}: {translate(f'rules.conflict.{clash.kind}')}{about}"
