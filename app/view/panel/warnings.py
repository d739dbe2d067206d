"""Early warnings panel: each with its sentence and a chart against the peers, what else it may be, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from secrets import token_hex
from typing import override

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from app.i18n import sentence, tr, translate
from app.view.chart.peer_chart import PeerChart
from app.view.control.safe_text import set_tip
from app.view.control.slots import calling
from app.view.control.widgets import IconButton, IconLabel, Spinner, button, row, text_label
from app.view.feed import Feed
from app.view.panel.card_list import CardPanel
from app.view.panel.panel_base import CardFrame
from app.view.panel.security_section import DAYS_MS, SecuritySection
from app.work_orders import order_of_warning
from twin.insight.warning_texts import learning_text, summary_texts, sure_text
from twin.model.change import AlarmsChanged, Change, TwinChanged
from twin.model.definition import Definition
from twin.model.early_warning import EarlyWarning, WarningChart, WarningKind, WarningReport
from twin.model.ids import DeviceId
from twin.model.problem import Problem

AGAIN_TICKS = 1200
"""Slow ticks (a quarter of a second each) after which the report is asked for again: five minutes."""
LEARNING_SHOWN = 20
"""Most sensors that are named as learned."""
CHARTED = 8
"""Cards whose chart is drawn without being asked for."""


class WarningsPanel(CardPanel):
    """Lists the early warnings, what is learned, and what was called normal."""

    title, icon = "Early warnings", "health"
    flown = Signal(str)
    """The user wants to see this device (its id)."""
    chart_wanted = Signal(str)
    """The user wants to see this point in the trends (its id)."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.report: WarningReport | None = None
        self._report = self.add_query(lambda _: feed.api.warnings(), self._show, self._failed)
        self.spinner = Spinner()
        self.summary, self.none = text_label("", "muted", wrap=True), text_label("", "", wrap=True)
        self.reason, self.learning = text_label("", "reason", wrap=True), text_label("", "faint", wrap=True)
        self.learning_title, self.normal_title = text_label("", "paneltitle"), text_label("", "paneltitle")
        self.hint = text_label("", "faint", wrap=True)
        self.column.addLayout(row(self.spinner, 1))
        self.cards = self.add_list(self.reason, self.none)
        self.column.addWidget(self.summary)
        self.column.addWidget(self.learning_title)
        self.column.addWidget(self.learning)
        self.normal = self.add_list(self.normal_title)
        self.security = SecuritySection(feed)
        self._noticed = self.add_query(
            lambda _: feed.api.security_events(feed.api.now_ms() - DAYS_MS), self.security.show_status, lambda _: None
        )
        self.column.addWidget(self.hint)
        self.column.addWidget(self.security)
        self.column.addStretch(1)
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.none.setText(translate("warning.none"))
        self.learning_title.setText(tr("Still learning"))
        self.normal_title.setText(tr("Called normal"))
        self.hint.setText(
            tr("Sensors are compared once an hour. To be told of warnings, watch them on the page Alarms.")
        )
        self.security.retranslate()
        self.drop_cards()
        if self.isVisible():
            self.refresh()

    @override
    def drop_cards(self) -> None:
        super().drop_cards()
        self.report = None
        for widget in (self.none, self.reason, self.learning_title, self.learning, self.normal_title):
            widget.hide()
        self.summary.setText("")

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, TwinChanged):
            self._report.invalidate()
        if isinstance(change, TwinChanged | AlarmsChanged):
            self._noticed.invalidate()

    @override
    def on_slow(self, rows: object) -> None:
        super().on_slow(rows)
        if self._ticks % AGAIN_TICKS == 0:
            self._report.invalidate()
            self._noticed.invalidate()

    @override
    def refresh(self) -> None:
        super().refresh()
        self.spinner.set_busy(self._report.is_asking)

    def _show(self, report: WarningReport) -> None:
        self.report = report
        self.spinner.set_busy(False)
        self.reason.hide()
        self.none.setVisible(not report.warnings)
        self.cards.show(
            {
                (one.id, one.text, one.since_ms): partial(WarningCard, self, one, charted=at < CHARTED)
                for at, one in enumerate(report.warnings)
            }
        )
        self.summary.setText("\n".join(sentence(one) for one in summary_texts(report)))
        named = [sentence(learning_text(one, self.feed.twin)) for one in report.learning[:LEARNING_SHOWN]]
        if len(report.learning) > LEARNING_SHOWN:
            named.append(tr("and %n more", len(report.learning) - LEARNING_SHOWN))
        self.learning.setText("\n".join(named))
        marks = self.feed.twin.definitions.normal_marks
        self.normal.show({(one.id, one.title): partial(NormalCard, self, one) for one in marks})
        for widget, there in (
            (self.learning_title, bool(named)), (self.learning, bool(named)), (self.normal_title, bool(marks)),
        ):  # fmt: skip
            widget.setVisible(there)

    def _failed(self, problem: Problem) -> None:
        self.spinner.set_busy(False)
        self.reason.setText(sentence(problem.what))
        self.reason.show()

    def name_of(self, device: DeviceId) -> str:
        """The device's name as shown to users."""
        found = self.feed.twin.device_of.get(device)
        return found.name if found is not None else device

    def dismiss(self, warning: EarlyWarning) -> None:
        """Calls a warning normal."""
        self.feed.when(self.feed.api.dismiss_warning(warning.id), lambda _: None, self.feed.raise_problem)

    def restore(self, mark: Definition) -> None:
        """Takes a mark back."""
        self.feed.when(self.feed.api.restore_warning(mark.id), lambda _: None, self.feed.raise_problem)

    def show_device(self, warning: EarlyWarning) -> None:
        """Selects the device and flies to it."""
        self.feed.selection.change(devices=frozenset({warning.device}))
        self.flown.emit(warning.device)

    def open_work_order(self, warning: EarlyWarning) -> None:
        """Opens the dialog of a new work order for a warning."""
        from app.view.panel.work_order_page import WorkOrderDialog  # not before it is used

        made = order_of_warning(
            f"work-{token_hex(4)}",
            warning,
            sentence(warning.text),
            sentence(warning.what_to_do),
            self.feed.api.now_ms(),
        )
        WorkOrderDialog(self, self.feed, made).open()


class WarningCard(CardFrame):
    """Card of one warning: sentence, chart, explanations, and buttons for work order, dismissal and show."""

    def __init__(self, panel: WarningsPanel, warning: EarlyWarning, *, charted: bool) -> None:
        super().__init__()
        self.panel, self.warning = panel, warning
        name = panel.name_of(warning.device)
        self.setAccessibleName(f"{sentence(sure_text(warning))}: {sentence(warning.text)}")
        kinds = [translate(f"warning.kind.{kind.value}") for kind in (warning.kind, *warning.also)]
        trend = IconButton("trends", f"{tr('Open in trends')}: {name}", size=16)
        trend.clicked.connect(calling(lambda: panel.chart_wanted.emit(warning.point)))
        icon = IconLabel("problem", tone="warning" if warning.sure else "muted", size=18)
        head = row(
            icon, text_label(sentence(sure_text(warning)) + " · " + " · ".join(kinds), "muted", wrap=True), trend
        )
        head.setStretch(1, 1)
        self.column.addLayout(head)
        self.column.addWidget(text_label(sentence(warning.text), "", wrap=True, select=True))
        self.chart: PeerChart | None = None
        if charted and warning.kind is not WarningKind.BATTERY:
            self.chart = PeerChart(name)
            self.column.addWidget(self.chart)
            panel.feed.when(panel.feed.api.warning_chart(warning.point, warning.rule), self._draw, lambda _: None)
        for text in warning.explanations:
            self.column.addWidget(text_label(sentence(text), "faint", wrap=True))
        self.column.addWidget(text_label(sentence(warning.what_to_do), "muted", wrap=True))
        self.show_me = self._button(tr("Show"), name, lambda: panel.show_device(warning))
        self.work = self._button(tr("Work order…"), name, lambda: panel.open_work_order(warning))
        self.dismiss = self._button(tr("Normal here"), name, lambda: panel.dismiss(warning))
        set_tip(self.dismiss, tr("Hides it until the deviation is half as large again; can be undone"))
        self.column.addLayout(row(self.work, self.dismiss, self.show_me, 1))

    def _draw(self, chart: WarningChart) -> None:
        point = self.panel.feed.twin.point_of.get(self.warning.point)
        if self.chart is not None and point is not None:
            self.chart.show_chart(point.capability, chart)

    @staticmethod
    def _button(words: str, name: str, do: Callable[[], object]) -> QPushButton:
        made = button(words)
        made.setAccessibleName(f"{words}: {name}")
        made.clicked.connect(calling(do))
        return made


class NormalCard(CardFrame):
    """A finding that a person called normal, with a button that takes it back."""

    def __init__(self, panel: WarningsPanel, mark: Definition) -> None:
        super().__init__()
        kind = translate(f"warning.kind.{mark.id.partition(':')[0].partition('.')[0]}")
        self.restore = button(tr("Watch again"))
        self.restore.setAccessibleName(f"{tr('Watch again')}: {mark.title}")
        self.restore.clicked.connect(calling(lambda: panel.restore(mark)))
        line = row(text_label(f"{mark.title} · {kind}", "muted", wrap=True), self.restore)
        line.setStretch(0, 1)
        self.column.addLayout(line)
