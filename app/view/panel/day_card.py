"""Card with the last 24 hours of a point, up to now or up to the displayed moment."""

from __future__ import annotations

from collections.abc import Callable

from app.i18n import point_title, tr
from app.view.chart.sparkline import Sparkline
from app.view.control.widgets import IconButton, row, text_label
from app.view.feed import Feed
from app.view.panel.panel_base import CardFrame
from twin.model.device import Point
from twin.model.history_series import ChartColumns
from twin.model.problem import Problem

DAY_MS = 24 * 3600 * 1000
_OLD_MS = 600_000
"""Age in ms at which a line up to now is read again; a line up to a past moment is read when that changes."""
_CHANGED_MS, _WRITTEN_MS = 15_000, 3_000
"""Age in ms at which it is read again if the value has changed, and age of a change that the history has for certain."""
_COLUMNS = 144


class DayCard(CardFrame):
    """Reads the history one line at a time; while the time slider is dragged, only the latest moment is read next."""

    def __init__(self, feed: Feed, point: Point, chart: Callable[[str], None]) -> None:
        super().__init__()
        self._feed, self._point = feed, point
        self._to_ms: int = 0
        self._moment_ms: int = 0
        self._value: object = None
        self._asked = False
        self.spark, self.title = Sparkline(), text_label("", "muted")
        more = IconButton("trends", tr("Open in trends"), size=16)
        more.clicked.connect(lambda: chart(point.id))
        self.column.addLayout(row(self.title, 1, more))
        self.column.addWidget(self.spark)
        self.follow()

    def follow(self) -> None:
        """Draws the 24 hours up to the displayed time if they differ from those that are drawn."""
        moment_ms = self._feed.selection.state.moment_ms or 0
        to_ms = moment_ms or self._feed.api.now_ms()
        value, _, changed_ms = self._feed.value(self._point)
        changed = value != self._value and to_ms - changed_ms >= _WRITTEN_MS
        old_ms = 1 if moment_ms else _CHANGED_MS if changed else _OLD_MS
        if self._asked or (moment_ms == self._moment_ms and abs(to_ms - self._to_ms) < old_ms):
            return
        self._asked, self._to_ms, self._moment_ms, self._value = True, to_ms, moment_ms, value
        text = tr("{point}, 24 h until then") if moment_ms else tr("{point}, last 24 h")
        self.title.setText(text.format(point=point_title(self._point.title)))
        answer = self._feed.api.columns([self._point.id], to_ms - DAY_MS, to_ms, _COLUMNS)
        self._feed.when(answer, self._show, self._failed)

    def _show(self, answer: list[ChartColumns]) -> None:
        self._asked = False
        columns = answer[0] if answer else None
        self.spark.show_columns(self._point, columns, self._to_ms - DAY_MS, self._to_ms, past=bool(self._moment_ms))
        self.follow()

    def _failed(self, problem: Problem) -> None:
        self._asked = False
        self._feed.raise_problem(problem)
