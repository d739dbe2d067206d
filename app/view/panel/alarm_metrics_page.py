"""Metrics of the alarms in a day, week, month or year: each figure with its target, floods, and the alarms that disturb."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import override

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QPushButton, QVBoxLayout, QWidget

from app.i18n import sentence, tr, translate
from app.i18n.numbers import format_decimal
from app.view.control.slots import calling, taking
from app.view.control.widgets import button, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_time
from app.view.panel.card_list import CardPanel
from app.view.panel.energy_amounts import period_text
from app.view.panel.panel_base import CardFrame
from app.view.panel.period_bar import PeriodBar, covers
from twin.files.errors import os_problem
from twin.model.change import AlarmsChanged, Change, TwinChanged
from twin.model.definition import DefinitionKind
from twin.model.energy import EnergySpan
from twin.model.problem import Problem, ProblemError
from twin.rules.alarm_figures import TABLE_HEAD, AlarmFigure, AlarmVerdict, alarm_figures, figure_rows
from twin.rules.alarm_metrics import AlarmMetricsReport
from twin.share import alarm_table

AGAIN_TICKS = 240
"""Slow ticks (a quarter of a second each) after which a period that runs is asked for again: a minute."""
SHOWN_FLOODS = 12
"""Most floods that are listed, the newest; the rest is counted."""
_STEP_MS = 3_600_000
_RATE = ("alarms", "per_day", "per_10_min", "peak_10_min")
_NOW = ("standing", "unacked", "shelved", "suppressed", "out_of_service")
_ANSWERED = ("ack_mean", "ack_median", "longest_unack", "longest_active")
_PRIORITIES = tuple(f"priority_{n}" for n in (1, 2, 3, 4))


def value_text(figure: AlarmFigure) -> str:
    """The value with its unit; a dash where it is not known."""
    if figure.value is None:
        return "–"
    digits = 0 if figure.value == int(figure.value) else 2 if figure.value < 1 else 1
    return f"{format_decimal(figure.value, digits)} {figure.unit}".rstrip()


class FigureRow(QWidget):
    """One figure: name and value, and below the verdict and the target."""

    def __init__(self, figure: AlarmFigure) -> None:
        super().__init__()
        name, value = sentence(figure.name), value_text(figure)
        line = row(text_label(name, "muted", wrap=True), text_label(value))
        line.setStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        verdict = translate(f"alarm.verdict.{figure.verdict.value}") if figure.verdict else ""
        said = " · ".join(one for one in (verdict, sentence(figure.target)) if one)
        if said:
            poor = figure.verdict is AlarmVerdict.POOR
            column.addWidget(text_label(said, "reason" if poor else "faint", wrap=True))
        self.setAccessibleName(f"{name}: {value}")
        self.setAccessibleDescription(said)


class AlarmMetricsPage(CardPanel):
    """Shows the metrics of one period; the engine computes them, and again each minute while the period runs."""

    edit_wanted = Signal(str)
    """The user wants to see the definition of this alarm (its id)."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.span, self.at_ms = EnergySpan.WEEK, 0
        """`at_ms` is a time in the period (UTC ms); 0 for now."""
        self.report: AlarmMetricsReport | None = None
        self._report = self.add_query(
            lambda _: feed.api.alarm_metrics(self.span, self._time_ms()), self._show, self._failed
        )
        self.period, self.save = PeriodBar(self.span), QPushButton()
        self.reason, self.notes = text_label("", "reason", wrap=True), text_label("", "faint", wrap=True)
        self.column.addWidget(self.period)
        self.cards = self.add_list(self.reason)
        self.column.addWidget(self.notes)
        self.column.addLayout(row(self.save, 1))
        self.column.addStretch(1)
        self.period.span_chosen.connect(
            taking(int, lambda number: self.show_span(list(EnergySpan)[number], self.at_ms))
        )
        self.period.stepped.connect(taking(int, self.step))
        self.save.clicked.connect(calling(self._ask_where))
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.period.retranslate()
        self.save.setText(tr("Save table…"))
        self.drop_cards()
        if self.isVisible():
            self.refresh()

    @override
    def on_change(self, change: Change) -> None:
        runs = self.report is None or self.report.to_ms > self.report.until_ms
        if isinstance(change, TwinChanged) or (isinstance(change, AlarmsChanged) and runs):
            self._report.invalidate()

    @override
    def on_slow(self, rows: object) -> None:
        super().on_slow(rows)
        runs = self.report is None or self.report.to_ms > self.report.until_ms
        if self._ticks % AGAIN_TICKS == 0 and runs:
            self._report.invalidate()

    @override
    def refresh(self) -> None:
        super().refresh()
        self.period.spinner.set_busy(self._report.is_asking)

    @override
    def drop_cards(self) -> None:
        super().drop_cards()
        self.period.forget_steps()
        self.report = None
        for widget in (self.reason, self.notes, self.save):
            widget.hide()

    # -- the period

    def _time_ms(self) -> int:
        return self.at_ms or self.feed.api.now_ms()

    def show_span(self, span: EnergySpan, at_ms: int) -> None:
        """Shows the day, week, month or year that contains a time (UTC ms; 0: now)."""
        self.span, self.at_ms = span, at_ms
        self.period.show_span(span)
        self._report.invalidate()
        self.refresh()

    def step(self, by: int) -> None:
        """Shows the period before (-1) or the next one (1); none that has not begun."""
        if self.report is None or not covers(self.report, self.span, self._time_ms()):
            self.period.wait_to_step(by)
            if not self._report.is_asking:
                self._report.invalidate()
                self.refresh()
            return
        at_ms = self.report.before_ms if by < 0 else self.report.to_ms + _STEP_MS
        if at_ms <= self.feed.api.now_ms():
            self.show_span(self.span, at_ms)
        elif self.report.to_ms <= self.feed.api.now_ms():
            self.show_span(self.span, 0)

    # -- what is shown

    def _show(self, report: AlarmMetricsReport) -> None:
        """Shows an answer, or asks again where another length has been chosen meanwhile."""
        if report.span is not self.span:
            self.refresh()
            return
        same = self.report is not None and _same(self.report, report)
        self.report = report
        self.period.spinner.set_busy(False)
        self.reason.hide()
        self.save.show()
        self.period.when.setText(period_text(report))
        self.period.next.setEnabled(report.to_ms <= self.feed.api.now_ms())
        self.notes.setText("\n".join(self._notes(report)))
        self.notes.setVisible(bool(self.notes.text()))
        if not same:
            self.cards.show({(name, id(report)): make for name, make in self._sections(report).items()})
        if covers(report, self.span, self._time_ms()):
            self.period.step_waiting()

    def _notes(self, report: AlarmMetricsReport) -> Iterable[str]:
        if not report.first_ms:
            yield tr("The log of alarms is empty: no alarm was raised, or none was watched.")
        elif report.first_ms > report.from_ms:
            yield tr("The log of alarms begins on {day}.", day=format_time(report.first_ms))
        if report.cut:
            yield tr("Older entries of the log were not read: there are too many.")

    def _failed(self, problem: Problem) -> None:
        self.period.spinner.set_busy(False)
        self.period.forget_steps()
        self.reason.setText(sentence(problem.what))
        self.reason.show()

    def _sections(self, report: AlarmMetricsReport) -> dict[str, Callable[[], CardFrame]]:
        figures = {one.key: one for one in alarm_figures(report)}

        def section(title: str, keys: Iterable[str], *more: QWidget) -> CardFrame:
            card = CardFrame()
            card.column.addWidget(text_label(title, "paneltitle"))
            for widget in (*(FigureRow(figures[key]) for key in keys), *more):
                card.column.addWidget(widget)
            return card

        metrics = report.metrics
        return {
            "rate": lambda: section(tr("Rate"), _RATE),
            "floods": lambda: section(tr("Floods"), ("floods", "flood_share"), *self._floods(report)),
            "now": lambda: section(tr("Now"), _NOW),
            "nuisances": lambda: section(
                tr("Nuisances"), ("stale",), *self._alarms(report, metrics.stale), FigureRow(figures["chattering"]),
                *self._alarms(report, metrics.chattering), FigureRow(figures["fleeting"]),
            ),
            "frequent": lambda: section(tr("Most frequent"), ("top_10_share",), *self._frequent(report)),
            "answered": lambda: section(tr("Answered"), _ANSWERED),
            "priorities": lambda: section(tr("By priority"), _PRIORITIES),
        }  # fmt: skip

    def _floods(self, report: AlarmMetricsReport) -> list[QWidget]:
        floods = report.metrics.floods
        made: list[QWidget] = [
            text_label(
                tr(
                    "{time}: {count} alarms in {minutes} min, {peak} within ten minutes",
                    time=format_time(one.from_ms),
                    count=format_decimal(one.count),
                    minutes=format_decimal(max(1, (one.to_ms - one.from_ms) / 60_000)),
                    peak=format_decimal(one.peak),
                ),
                "",
                wrap=True,
            )
            for one in floods[::-1][:SHOWN_FLOODS]
        ]
        if len(floods) > SHOWN_FLOODS:
            made.append(text_label(tr("%n more floods", len(floods) - SHOWN_FLOODS), "faint"))
        return made

    def _alarms(self, report: AlarmMetricsReport, alarms: Iterable[str]) -> list[QWidget]:
        return [self._alarm(report, id, "") for id in alarms]

    def _frequent(self, report: AlarmMetricsReport) -> list[QWidget]:
        metrics = report.metrics
        return [
            self._alarm(report, id, f"{format_decimal(n)} · {format_decimal(100 * n / metrics.annunciated, 1)} %")
            for id, n in metrics.top_10
        ]

    def _alarm(self, report: AlarmMetricsReport, id: str, said: str) -> QWidget:
        """A row of an alarm: its title opens the definition, unless it was deleted."""
        title, made = sentence(report.titles[id]), QWidget()
        if self.feed.twin.definitions.find(DefinitionKind.ALARM, id) is None:
            name: QWidget = text_label(title, "muted", wrap=True)
        else:
            name = opening = button(title, "link")
            opening.clicked.connect(calling(partial(self.edit_wanted.emit, id)))
        line = row(name, 1, text_label(said, "muted"))
        line.setContentsMargins(0, 0, 0, 0)
        made.setLayout(line)
        return made

    # -- the table

    def _ask_where(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self.window(), tr("Save table"), "alarms.csv", "CSV (*.csv)")
        if path:
            self.save_table(path if path.lower().endswith(".csv") else f"{path}.csv")

    def save_table(self, path: str) -> None:
        """Writes all figures as CSV; raises a problem where that fails."""
        if self.report is None:
            return
        try:
            alarm_table.write(TABLE_HEAD, figure_rows(self.report, sentence), Path(path))
        except ProblemError as error:
            self.feed.raise_problem(*error.problems)
        except OSError as error:
            self.feed.raise_problem(os_problem(error, path, code="export.unwritable"))


def _same(old: AlarmMetricsReport, new: AlarmMetricsReport) -> bool:
    """Whether both show the same cards."""
    return (old.from_ms, alarm_figures(old), old.metrics, old.titles) == (
        new.from_ms,
        alarm_figures(new),
        new.metrics,
        new.titles,
    )
