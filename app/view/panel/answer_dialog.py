"""Dialog that answers plain questions about the building: sentence, rows, places in 3D and chart."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.i18n import in_full, sentence, tr
from app.i18n.numbers import temperature_unit
from app.questions import capability_titles, duration_text, note_texts, understood_text, value_text
from app.selection import Thing
from app.site_time import zone_of
from app.view.control.dialog import Dialog
from app.view.control.safe_text import one_line
from app.view.control.widgets import button, row, text_label
from app.view.feed import Feed
from twin.insight.answering import Known, answer, points_of
from twin.insight.held_values import columns_wanted
from twin.insight.meter_tree import main_meters
from twin.insight.question import AnswerRow, Period, Question, QuestionAnswer, Subject
from twin.insight.question_parser import LONGEST, parsed
from twin.model.energy import EnergySetup
from twin.model.history_series import ChartColumns
from twin.model.ids import PointId
from twin.model.meter import Consumption
from twin.model.observation import Quality
from twin.model.problem import Problem, ProblemError

LETTERS = 80
CHARTED = 3
"""Number of points that the button "Chart" adds to the trends."""
_WIDTH_PX, _HEIGHT_PX = 560, 460


class AnswerDialog(Dialog):
    """Asks and answers; stays open beside the window. `go` flies to a room or device, `only` shows only some things,
    `chart` adds a point to the trends."""

    def __init__(
        self,
        feed: Feed,
        parent: QWidget,
        *,
        go: Callable[[str], object],
        only: Callable[[frozenset[Thing]], object],
        chart: Callable[[str], object],
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Ask the building"))
        self.resize(_WIDTH_PX, _HEIGHT_PX)
        self._feed, self._go, self._only, self._chart = feed, go, only, chart
        self._asked = 0
        self.answer: QuestionAnswer | None = None
        self._make_parts()
        self.field.returnPressed.connect(lambda: self.ask(self.field.text()))
        self.rows.itemActivated.connect(self._fly)
        self.rows.itemClicked.connect(self._fly)
        self.places.clicked.connect(self._show_places)
        self.charts.clicked.connect(self._show_charts)
        self.end.clicked.connect(self.close)
        self._clear()

    def _make_parts(self) -> None:
        self.field = QLineEdit()
        self.field.setMaxLength(LONGEST)
        self.field.setPlaceholderText(tr("Which rooms were above 26° yesterday?"))
        self.field.setAccessibleName(tr("Question"))
        self.understood, self.said = (
            text_label("", "faint", wrap=True),
            text_label("", "heading", wrap=True, select=True),
        )
        self.notes = text_label("", "muted", wrap=True, select=True)
        self.rows = QTreeWidget()
        self.rows.setHeaderHidden(True)
        self.rows.setRootIsDecorated(False)
        self.rows.setUniformRowHeights(True)
        self.rows.setAccessibleName(tr("Answer"))
        self.rows.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.places, self.charts, self.end = button(tr("Show in 3D")), button(tr("Chart")), button(tr("Close"))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(8)
        for widget in (self.field, self.understood, self.said):
            column.addWidget(widget)
        column.addWidget(self.rows, 1)
        column.addWidget(self.notes)
        column.addLayout(row(self.places, self.charts, 1, self.end))
        for one in (self.places, self.charts, self.end):
            one.setAutoDefault(False)

    def ask(self, text: str) -> None:
        """Answers a question; nothing is asked by an empty text."""
        self.field.setText(text)
        self.field.setFocus()
        self._asked += 1
        self._clear()
        if not text.strip():
            return
        feed = self._feed
        try:
            zone = zone_of(feed.twin.site)
            question = parsed(
                text, feed.twin, feed.api.now_ms(), zone, capability_titles(), in_fahrenheit=temperature_unit() == "°F"
            )
        except ProblemError as error:
            self._refuse(self._asked, error.problems[0])
            return
        self.said.setText(tr("Looking…"))
        if question.subject is Subject.USE:
            self._when(feed.api.energy_setup(), partial(self._ask_use, question))
        elif question.period is None or question.subject in (Subject.PRESENCE, Subject.ALARMS):
            self._answer(question, self._known(question, ()))
        else:
            self._ask_columns(question, question.period)

    def _when[T](self, future: object, done: Callable[[T], object]) -> None:
        """Calls `done` unless another question was asked meanwhile."""
        asked = self._asked

        def arrived(result: T) -> None:
            if asked == self._asked:
                done(result)

        self._feed.when(future, arrived, partial(self._refuse, asked))  # pyright: ignore[reportArgumentType]

    def _ask_columns(self, question: Question, period: Period) -> None:
        points = points_of(question, self._feed.twin)
        found = self._feed.api.columns(points, period.from_ms, period.to_ms, columns_wanted(period))

        def arrived(columns: list[ChartColumns]) -> None:
            self._answer(question, self._known(question, columns))

        self._when(found, arrived)

    def _ask_use(self, question: Question, setup: EnergySetup) -> None:
        """Asks what the counters counted, then for how much of the period they were recorded."""
        period = question.period
        if period is None:
            return
        mains = main_meters(self._feed.twin, setup)
        points = points_of(question, self._feed.twin, mains)

        def arrived(found: list[Consumption]) -> None:
            used = {one.point: one.total for one in found if len(one.increase) and math.isfinite(one.total)}
            recorded = self._feed.api.columns(points, period.from_ms, period.to_ms, columns_wanted(period))
            self._when(recorded, partial(counted, used))

        def counted(used: dict[PointId, float], columns: list[ChartColumns]) -> None:
            known = replace(self._known(question, columns), used_wh=used)
            self._answer(question, known, mains)

        self._when(self._feed.api.consumption(points, period.from_ms, period.to_ms, 1), arrived)

    def _answer(self, question: Question, known: Known, mains: tuple[PointId, ...] = ()) -> None:
        """Makes the answer on another thread: a year of a building takes seconds."""
        self._when(self._feed.api.compute(partial(answer, question, known, mains)), self._show)

    def _known(self, question: Question, columns: list[ChartColumns] | tuple[()]) -> Known:
        feed, live = self._feed, self._feed.live
        now: dict[PointId, float] = {}
        for point in points_of(question, feed.twin):
            at = live.index(point)
            if at is not None and live.quality[at] < Quality.STALE and np.isfinite(live.value[at]):
                now[point] = float(live.value[at])
        by_point = {one.point: one for one in columns}
        return Known(feed.twin, now, by_point, online=dict(feed.online), alarms=tuple(feed.alarms.values()))

    def _show(self, found: QuestionAnswer) -> None:
        self.answer = found
        self.understood.setText(understood_text(found))
        self.said.setText(sentence(found.sentence))
        self.notes.setText("\n".join(note_texts(found)))
        self.notes.setVisible(bool(found.notes))
        texts = [self._texts(one) for one in found.rows]
        filled = [at for at in range(4) if any(text[at] for text in texts)]
        self.rows.setColumnCount(max(1, len(filled)))
        for one, text in zip(found.rows, texts, strict=True):
            item = QTreeWidgetItem([one_line(text[at], LETTERS) for at in filled])
            item.setData(0, Qt.ItemDataRole.UserRole, str(one.device or one.room or ""))
            self.rows.addTopLevelItem(item)
        self.rows.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.places.setEnabled(any(one.device or one.room for one in found.rows))
        self.charts.setEnabled(bool(found.points))

    def _texts(self, one: AnswerRow) -> tuple[str, str, str, str]:
        """Name, further text, value and duration of a row."""
        text = sentence(one.text) if one.text is not None else ""
        return (one.name or text, text if one.name else "", value_text(one), duration_text(one))

    def _refuse(self, asked: int, problem: Problem) -> None:
        if asked == self._asked:
            self.said.setText(sentence(problem.what))
            self.notes.setText(sentence(problem.to_do) or in_full(problem))
            self.notes.show()

    def _clear(self) -> None:
        self.answer = None
        self.rows.clear()
        for label in (self.understood, self.said, self.notes):
            label.setText("")
        self.places.setEnabled(False)
        self.charts.setEnabled(False)

    def _fly(self, item: QTreeWidgetItem) -> None:
        if thing := str(item.data(0, Qt.ItemDataRole.UserRole)):
            self._go(thing)

    def _show_places(self) -> None:
        if self.answer is not None:
            self._only(frozenset(one.device or one.room for one in self.answer.rows if one.device or one.room))  # pyright: ignore[reportArgumentType]

    def _show_charts(self) -> None:
        for point in self.answer.points[:CHARTED] if self.answer is not None else ():
            self._chart(str(point))
