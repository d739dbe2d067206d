"""The energy panel: use of a day, week, month or year by room, storey or device, with flows, cost, emissions and figures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import override

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.i18n import current_language, sentence, tr
from app.i18n.numbers import format_decimal
from app.view.chart.flow_picture import FlowNode, FlowPicture
from app.view.chart.use_bars import UseBars
from app.view.control.form_fields import ChoiceBox
from app.view.control.slots import calling, taking
from app.view.control.widgets import ElidedLabel, IconButton, button, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_word
from app.view.panel.card_list import CardPanel
from app.view.panel.energy_amounts import amount, bar_values, change_text, period_text
from app.view.panel.energy_figures import EnergyFigures
from app.view.panel.energy_setup_dialog import EnergySetupDialog
from app.view.panel.period_bar import PeriodBar, covers
from app.view.panel.report_page import show_file
from twin.files.errors import os_problem
from twin.insight.energy_figure_rows import figure_rows
from twin.insight.energy_groups import (
    TABLE_HEAD,
    EnergyGroup,
    EnergyGrouping,
    GroupKind,
    energy_groups,
    energy_rows,
)  # fmt: skip
from twin.insight.energy_texts import cost_texts, emitted, emitted_gases, figure_texts
from twin.model.building_report import ReportKind
from twin.model.change import Change, TwinChanged
from twin.model.energy import EnergyReport, EnergySetup, EnergySpan, MediumReport
from twin.model.ids import DeviceId
from twin.model.problem import Problem, ProblemError
from twin.share import energy_table

_CSV, _EXCEL = "CSV (*.csv)", "Excel (*.xlsx)"
SHOWN_FLOWS = 8
"""Most uses in the flow picture; the smaller ones are one."""
AGAIN_TICKS = 240
"""Slow ticks (a quarter of a second each) after which a period that runs is asked for again: a minute."""
_GROUPINGS = (EnergyGrouping.ROOM, EnergyGrouping.STOREY, EnergyGrouping.DEVICE)
_FINER = {EnergySpan.YEAR: EnergySpan.MONTH, EnergySpan.MONTH: EnergySpan.DAY, EnergySpan.WEEK: EnergySpan.DAY}
_STEP_MS = 3_600_000


class GroupRow(QWidget):
    """One part of the use: name, share, amount and the change against the period before; a click shows it in 3D."""

    def __init__(self, panel: EnergyPanel, group: EnergyGroup, unit: str, gases: str) -> None:
        super().__init__()
        self.group = group
        name = sentence(group.title)
        head = ElidedLabel(name)
        self.show_me = IconButton("eye", tr("Show {name} in the building", name=name), size=16)
        self.show_me.setVisible(bool(group.rooms or group.devices))
        self.show_me.clicked.connect(calling(partial(panel.show_group, group)))
        share = f"{format_decimal(100 * group.share, 1)} %" if np.isfinite(group.share) else ""
        facts = [amount(group.total, unit), share, change_text(group.total, group.before)]
        if group.kg is not None:
            facts.append(tr("{kg} kg {gas}", kg=format_decimal(group.kg, 1), gas=gases))
        line = row(head, text_label(" · ".join(one for one in facts if one), "muted"), self.show_me)
        line.setStretch(0, 1)
        self.setLayout(line)
        self.setAccessibleName(f"{name}: {facts[0]}")


class EnergyPanel(CardPanel):
    """Shows the report of one period; the engine computes it, and again each minute while the period runs."""

    title, icon = "Energy", "meter"
    flown = Signal(str)
    """The user wants to see this device or room (its id)."""
    told = Signal(str)
    """A table was saved."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.span, self.at_ms = EnergySpan.WEEK, 0
        """`at_ms` is a time in the period (UTC ms); 0 for now."""
        self.report: EnergyReport | None = None
        self._report = self.add_query(lambda _: feed.api.energy(self.span, self._time_ms()), self._show, self._failed)
        self.period = PeriodBar(self.span)
        self.by, self.medium = ChoiceBox(), ChoiceBox()
        self.save, self.set_up = button(), button()
        self.total, self.versus = text_label("", "heading"), text_label("", "muted", wrap=True)
        self.bars, self.flows = UseBars(), FlowPicture()
        self.figures = EnergyFigures()
        self.texts = text_label("", "muted", wrap=True, select=True)
        self.notes = text_label("", "reason", wrap=True, select=True)
        self.none, self.reason = text_label("", "muted", wrap=True), text_label("", "reason", wrap=True)
        self._flow_groups: dict[str, EnergyGroup] = {}
        self._undrawn: list[Callable[[], object]] = []
        """Parts of the report that are drawn in later turns."""
        self._build()
        self.retranslate()

    def _build(self) -> None:
        self.column.addWidget(self.period)
        choices = row(self.by, self.medium)
        self.column.addLayout(choices)
        for widget in (self.reason, self.none, self.total, self.versus, self.bars, self.flows):
            self.column.addWidget(widget)
        self.groups = self.add_list()
        for widget in (self.notes, self.texts, self.figures):
            self.column.addWidget(widget)
        self.column.addLayout(row(self.save, self.set_up, 1))
        self.column.addStretch(1)
        self.period.span_chosen.connect(
            taking(int, lambda number: self.show_span(list(EnergySpan)[number], self.at_ms))
        )
        self.period.stepped.connect(taking(int, self.step))
        self.by.currentIndexChanged.connect(calling(self._draw))
        self.medium.currentIndexChanged.connect(calling(self._draw))
        self.save.clicked.connect(calling(self._ask_where))
        self.set_up.clicked.connect(calling(self._open_setup))
        self.bars.chosen.connect(self._into)
        self.flows.chosen.connect(self._show_flow)

    @override
    def retranslate(self) -> None:
        self.period.retranslate()
        self.figures.retranslate()
        chosen = max(self.by.currentIndex(), 0)
        self.by.blockSignals(True)
        self.by.clear()
        self.by.addItems([tr("By room"), tr("By storey"), tr("By device")])
        self.by.setCurrentIndex(chosen)
        self.by.blockSignals(False)
        self.by.setAccessibleName(tr("Divided by"))
        self.medium.setAccessibleName(tr("Medium"))
        self.save.setText(tr("Save table…"))
        self.set_up.setText(tr("Tariff, emissions, meters…"))
        self.none.setText(tr("No device of this project counts energy, water or gas."))
        self.drop_cards()
        if self.isVisible():
            self.refresh()

    @override
    def apply_theme(self) -> None:
        self.bars.update()
        self.flows.update()
        self.figures.update()

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, TwinChanged):
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
        self._clear()

    # -- the period

    def _time_ms(self) -> int:
        return self.at_ms or self.feed.api.now_ms()

    def show_span(self, span: EnergySpan, at_ms: int) -> None:
        """Shows the day, week, month or year that contains a time (UTC ms; 0: now)."""
        self.span, self.at_ms = span, at_ms
        self.period.show_span(span)
        self.ask_again()

    def ask_again(self) -> None:
        """Asks for the report again, also where one is under way."""
        self._report.invalidate()
        self.refresh()

    def step(self, by: int) -> None:
        """Shows the period before (-1) or the next one (1); none that has not begun."""
        if self.report is None or not covers(self.report, self.span, self._time_ms()):
            self.period.wait_to_step(by)
            if not self._report.is_asking:
                self.ask_again()
            return
        at_ms = self.report.before_ms if by < 0 else self.report.to_ms + _STEP_MS
        if at_ms <= self.feed.api.now_ms():
            self.show_span(self.span, at_ms)
        elif self.report.to_ms <= self.feed.api.now_ms():
            self.show_span(self.span, 0)

    def _into(self, bar: int) -> None:
        """Shows the interval of a bar as a period of its own."""
        if self.report is not None and (finer := _FINER.get(self.report.span)) is not None:
            at_ms = int(self.report.edges_ms[bar])
            if at_ms <= self.feed.api.now_ms():
                self.show_span(finer, at_ms)

    # -- what is shown

    def _show(self, report: EnergyReport) -> None:
        """Shows an answer, or asks again where another length has been chosen meanwhile."""
        if report.span is not self.span:
            self.refresh()
            return
        self.report = report
        self.period.spinner.set_busy(False)
        self.reason.hide()
        chosen = self.medium.currentData()
        self.medium.blockSignals(True)
        self.medium.clear()
        for one in report.media:
            self.medium.addItem(format_word(one.medium.value), one.medium.value)
        self.medium.setCurrentIndex(max(0, self.medium.findData(chosen)))
        self.medium.blockSignals(False)
        self.medium.setVisible(len(report.media) > 1)
        self.none.setVisible(not report.media)
        self.period.next.setEnabled(report.to_ms <= self.feed.api.now_ms())
        self._draw()
        if covers(report, self.span, self._time_ms()):
            self.period.step_waiting()

    def _failed(self, problem: Problem) -> None:
        self.period.spinner.set_busy(False)
        self.period.forget_steps()
        self.reason.setText(sentence(problem.what))
        self.reason.show()

    def _clear(self) -> None:
        self.report = None
        self._undrawn.clear()
        for widget in (self.reason, self.none, self.medium, *self._parts()):
            widget.hide()

    def _parts(self) -> tuple[QWidget, ...]:
        return self.total, self.versus, self.bars, self.flows, self.notes, self.texts, self.figures, self.save

    def shown(self) -> MediumReport | None:
        """The report of the chosen medium; None while there is none."""
        media = self.report.media if self.report is not None else ()
        return next((one for one in media if one.medium.value == self.medium.currentData()), None)

    def _draw(self) -> None:
        """Draws the report: its total at once and the other parts each in a turn of its own."""
        report, medium = self.report, self.shown()
        self._undrawn.clear()
        for widget in self._parts():
            widget.setVisible(medium is not None)
        if report is None or medium is None:
            self.groups.clear()
            return
        groups = energy_groups(medium, self.feed.twin, _GROUPINGS[max(self.by.currentIndex(), 0)])
        self._draw_total(report, medium)
        self._undrawn = [
            partial(self.bars.show_values, bar_values(report, medium), tr("Use in the period")),
            partial(self._draw_flows, medium, groups),
            partial(self._draw_groups, medium, groups),
            partial(self._draw_texts, report, medium),
        ]
        self.feed.turns.add(self._draw_next)

    def _draw_next(self) -> None:
        """Draws the next part of the report, and the others in later turns."""
        if self._undrawn:
            self._undrawn.pop(0)()
        if self._undrawn:
            self.feed.turns.add(self._draw_next)

    def _draw_groups(self, medium: MediumReport, groups: tuple[EnergyGroup, ...]) -> None:
        gases = emitted_gases(medium)
        self.groups.show({(at, one): partial(GroupRow, self, one, medium.unit, gases) for at, one in enumerate(groups)})

    def _draw_texts(self, report: EnergyReport, medium: MediumReport) -> None:
        self.notes.setText("\n".join(sentence(one) for one in medium.notes))
        self.notes.setVisible(bool(medium.notes))
        electric = figure_texts(report) if medium is report.media[0] else ()
        self.texts.setText("\n".join(sentence(one) for one in (*cost_texts(medium), *electric)))
        self.figures.show_report(report, medium)

    def _draw_total(self, report: EnergyReport, medium: MediumReport) -> None:
        self.period.when.setText(period_text(report))
        facts = [amount(medium.total, medium.unit)]
        if medium.cost is not None and medium.cost.total is not None:
            facts.append(f"{format_decimal(medium.cost.total, 2)} {medium.cost.currency}")
        if (kg := emitted(medium)) is not None:
            facts.append(tr("{kg} kg {gas}", kg=format_decimal(kg, 1), gas=emitted_gases(medium)))
        self.total.setText(" · ".join(facts))
        change = change_text(medium.total, medium.before)
        whole = report.until_ms >= report.to_ms
        if not change:
            text = tr("The period before is not known well enough to compare.")
        elif whole:
            text = tr(
                "{change} against the period before ({amount})",
                change=change,
                amount=amount(medium.before, medium.unit),
            )
        else:
            text = tr(
                "{change} against the same part of the period before ({amount})", change=change,
                amount=amount(medium.before, medium.unit),
            )  # fmt: skip
        self.versus.setText(text)

    def _draw_flows(self, medium: MediumReport, groups: tuple[EnergyGroup, ...]) -> None:
        unit = medium.unit
        sources = [FlowNode("", tr("Grid"), medium.imported, amount(medium.imported, unit))]
        if not medium.measured:
            sources = [FlowNode("", tr("Metered"), medium.total, amount(medium.total, unit))]
        elif medium.produced > 0:
            sources.append(FlowNode("", tr("Own production"), medium.produced, amount(medium.produced, unit)))
        uses = [
            FlowNode(str(at), sentence(one.title), one.total, amount(one.total, unit), one.kind is GroupKind.REMAINDER)
            for at, one in enumerate(groups)
        ]
        measured = [one for one in uses if not one.pale]
        few = [*measured[:SHOWN_FLOWS], *_rest(measured[SHOWN_FLOWS:], unit), *(one for one in uses if one.pale)]
        if medium.exported > 0:
            few.append(FlowNode("", tr("Fed into the grid"), medium.exported, amount(medium.exported, unit)))
        self._flow_groups = {str(at): one for at, one in enumerate(groups)}
        self.flows.show_flows(sources, few, tr("Where it came from and went to"))

    def _show_flow(self, key: str) -> None:
        if (group := self._flow_groups.get(key)) is not None:
            self.show_group(group)

    def show_group(self, group: EnergyGroup) -> None:
        """Selects the room or the devices of a part, and flies to the first."""
        selection, twin = self.feed.selection, self.feed.twin
        if group.kind is GroupKind.ROOM and group.rooms and group.rooms[0] in twin.room_of:
            selection.change(room=group.rooms[0], devices=frozenset[DeviceId]())
            self.flown.emit(group.rooms[0])
        elif found := [device for device in group.devices if device in twin.device_of]:
            selection.change(room=None, devices=frozenset(found))
            self.flown.emit(found[0])

    # -- table and setup

    def _ask_where(self) -> None:
        formats = f"{_CSV};;{_EXCEL}" if self.feed.api.may("write_report") else _CSV
        path, chosen = QFileDialog.getSaveFileName(self.window(), tr("Save table"), "energy.csv", formats)
        if path.lower().endswith(".xlsx"):
            self.save_workbook(path)
        elif path and chosen == _EXCEL:  # the proposed name has the other ending
            self.save_workbook(f"{path.removesuffix('.csv')}.xlsx")
        elif path:
            self.save_table(path if path.lower().endswith(".csv") else f"{path}.csv")

    def save_workbook(self, path: str) -> None:
        """Has the engine write the report of the shown period as a workbook, and opens it; raises a problem where that fails."""
        if self.report is not None:
            span, at_ms = self.report.span, self.report.from_ms
            done = self.feed.api.write_report(ReportKind.ENERGY, span, at_ms, path, current_language())
            self.feed.when(done, calling(partial(self._saved, path)))

    def _saved(self, path: str) -> None:
        self.told.emit(tr("Saved {name}", name=Path(path).name))
        show_file(path)

    def save_table(self, path: str) -> None:
        """Writes all media as CSV; raises a problem where that fails."""
        by = _GROUPINGS[max(self.by.currentIndex(), 0)]
        media = self.report.media if self.report is not None else ()
        rows = [line for one in media for line in energy_rows(one, energy_groups(one, self.feed.twin, by), sentence)]
        if self.report is not None:
            rows += figure_rows(self.report, sentence)
        try:
            energy_table.write(TABLE_HEAD, rows, Path(path))
            self.told.emit(tr("Saved {name}", name=Path(path).name))
        except ProblemError as error:
            self.feed.raise_problem(*error.problems)
        except OSError as error:
            self.feed.raise_problem(os_problem(error, path, code="export.unwritable"))

    def _open_setup(self) -> None:
        self.feed.when(self.feed.api.energy_setup(), self._edit_setup)

    def _edit_setup(self, setup: EnergySetup) -> None:
        EnergySetupDialog(self, self.feed, setup, self.report, self.ask_again).open()


def _rest(nodes: list[FlowNode], unit: str) -> list[FlowNode]:
    """The smaller uses as one."""
    total = sum(one.amount for one in nodes if np.isfinite(one.amount))
    return [FlowNode("", tr("%n others", len(nodes)), total, amount(total, unit))] if nodes else []
