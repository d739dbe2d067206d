"""The comfort panel: rooms by their exposure in a period, what is assumed as sliders, and the evidence of a complaint."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import override

import numpy as np
from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFormLayout, QSlider, QWidget

from app.i18n import sentence, tr
from app.i18n.numbers import format_decimal
from app.view.control.form_fields import ChoiceBox
from app.view.control.slots import calling, taking
from app.view.control.widgets import ElidedLabel, IconButton, row, text_label
from app.view.feed import Feed
from app.view.panel.card_list import CardPanel
from app.view.panel.comfort_evidence_dialog import ComfortEvidenceDialog
from app.view.panel.energy_amounts import period_text
from app.view.panel.panel_base import CardFrame
from app.view.panel.period_bar import PeriodBar, covers
from app.view.style import colour, current_theme, mix
from twin.insight.comfort_texts import air_texts, assumption_text, place_title, verdict_text
from twin.model.change import Change, TwinChanged
from twin.model.energy import EnergySpan
from twin.model.ids import DeviceId
from twin.model.problem import Problem
from twin.model.room_comfort import ComfortAssumptions, ComfortModel, ComfortReport, RoomComfort

AGAIN_TICKS = 1200
"""Slow ticks (a quarter of a second each) after which a period that runs is asked for again: five minutes."""
SETTLE_MS = 300
"""Time for which a slider must rest before rooms are judged anew."""
_HOUR_MS = 3_600_000
_MODELS = (ComfortModel.PMV, ComfortModel.ADAPTIVE)


class DayStripe(QWidget):
    """One box for each day, from good to bad by the share of uncomfortable time; unknown days are empty frames."""

    def __init__(self, room: RoomComfort) -> None:
        super().__init__()
        self._daily = room.daily if room.daily is not None else np.zeros(0)
        self.setFixedHeight(8)
        known = self._daily[np.isfinite(self._daily)]
        self.setAccessibleName(tr("Uncomfortable share by day"))
        self.setAccessibleDescription(", ".join(f"{format_decimal(100 * one)} %" for one in known.tolist()))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), current_theme()
        width = self.width() / max(1, len(self._daily))
        for at, share in enumerate(self._daily.tolist()):
            box = QRectF(at * width, 1, max(1.0, width - 1), self.height() - 2)
            if np.isfinite(share):
                painter.fillRect(box, colour(mix(theme.good, theme.error, min(1.0, share))))
            else:
                painter.fillRect(box, colour(theme.line))


class RoomCard(CardFrame):
    """Card of a room: verdict, days, air; buttons that show it and open the evidence of its worst time."""

    def __init__(self, panel: ComfortPanel, room: RoomComfort, title: str) -> None:
        super().__init__()
        self.room = room
        self.show_me = IconButton("eye", tr("Show {name} in the building", name=title), size=16)
        self.show_me.clicked.connect(calling(lambda: panel.show_room(room)))
        self.evidence = IconButton("info", tr("Evidence of {name}", name=title), size=16)
        self.evidence.clicked.connect(calling(lambda: panel.open_evidence(room)))
        head = row(ElidedLabel(title, "paneltitle"), self.evidence, self.show_me)
        head.setStretch(0, 1)
        self.column.addLayout(head)
        bad = room.outside_share > 0.05
        self.column.addWidget(text_label(sentence(verdict_text(room)), "reason" if bad else "muted", wrap=True))
        if room.daily is not None and len(room.daily) > 1:
            self.column.addWidget(DayStripe(room))
        self.column.addWidget(text_label(" · ".join(sentence(one) for one in air_texts(room)), "faint", wrap=True))
        self.setAccessibleName(title)


class AssumptionSlider(QWidget):
    """A slider of one assumption with its name and value."""

    moved = Signal()

    def __init__(self, low: float, high: float, step: float, value: float) -> None:
        super().__init__()
        self._step, self._name = step, ""
        self.slider, self.label = QSlider(Qt.Orientation.Horizontal), text_label("", "muted")
        self.slider.setRange(round(low / step), round(high / step))
        self.slider.setValue(round(value / step))
        self.label.setMinimumWidth(52)
        line = row(self.slider, self.label)
        line.setStretch(0, 1)
        self.setLayout(line)
        self.slider.valueChanged.connect(calling(self._show))
        self.slider.valueChanged.connect(calling(self.moved.emit))
        self._show()

    @property
    def value(self) -> float:
        """The assumption in its own unit, as the slider shows it."""
        return round(self.slider.value() * self._step, 6)

    def set_name(self, name: str) -> None:
        """Sets the name for screen readers."""
        self.slider.setAccessibleName(name)

    def _show(self) -> None:
        self.label.setText(format_decimal(self.value, 2 if self._step < 0.1 else 1))


class ComfortPanel(CardPanel):
    """Shows the report of one period; moving a slider judges all rooms anew."""

    title, icon = "Comfort", "temperature"
    flown = Signal(str)
    """The user wants to see this room (its id)."""
    chart_wanted = Signal(str)
    """The user wants to see this point in the trends (its id)."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.span, self.at_ms = EnergySpan.WEEK, 0
        self.report: ComfortReport | None = None
        self._report = self.add_query(
            lambda _: feed.api.comfort(self.span, self._time_ms(), self.assumed()), self._show, self._failed
        )
        self.period = PeriodBar(self.span)
        self.model = ChoiceBox()
        self.met = AssumptionSlider(0.8, 2.0, 0.1, 1.2)
        self.clo = AssumptionSlider(0.2, 2.0, 0.05, 0.7)
        self.air = AssumptionSlider(0.0, 0.8, 0.05, 0.1)
        self.radiant = AssumptionSlider(-5.0, 5.0, 0.5, 0.0)
        self.names = [text_label("", "fact") for _ in range(5)]
        self.by, self.notes = text_label("", "muted", wrap=True), text_label("", "faint", wrap=True)
        self.none, self.reason = text_label("", "muted", wrap=True), text_label("", "reason", wrap=True)
        self._clo_moved = False
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLE_MS)
        self._settled.timeout.connect(self.ask_again)
        self._build()
        self.retranslate()

    def _build(self) -> None:
        self.form = QWidget()
        form = QFormLayout(self.form)
        form.setContentsMargins(0, 0, 0, 0)
        for label, field in zip(self.names, (self.model, self.met, self.clo, self.air, self.radiant), strict=True):
            form.addRow(label, field)
        for widget in (self.period, self.form, self.by, self.reason, self.none):
            self.column.addWidget(widget)
        self.cards = self.add_list()
        self.column.addWidget(self.notes)
        self.column.addStretch(1)
        self.period.span_chosen.connect(
            taking(int, lambda number: self.show_span(list(EnergySpan)[number], self.at_ms))
        )
        self.period.stepped.connect(taking(int, self.step))
        self.model.currentIndexChanged.connect(calling(self.ask_again))
        self.clo.moved.connect(self._take_clothing)
        for one in self._sliders():
            one.moved.connect(self._settled.start)

    def _sliders(self) -> tuple[AssumptionSlider, ...]:
        return self.met, self.clo, self.air, self.radiant

    def _take_clothing(self) -> None:
        """From now on clothing is as set, no longer by the weather."""
        self._clo_moved = True

    @override
    def retranslate(self) -> None:
        self.period.retranslate()
        texts = (
            tr("Judged by"),
            tr("Activity (met)"),
            tr("Clothing (clo)"),
            tr("Air speed (m/s)"),
            tr("Surfaces (K off the air)"),
        )
        for label, text in zip(self.names, texts, strict=True):
            label.setText(text)
        for slider, text in zip(self._sliders(), texts[1:], strict=True):
            slider.set_name(text)
        self.model.setAccessibleName(texts[0])
        chosen = max(self.model.currentIndex(), 0)
        self.model.blockSignals(True)
        self.model.clear()
        self.model.addItems([tr("PMV (ISO 7730)"), tr("Adaptive, without cooling (EN 16798-1)")])
        self.model.setCurrentIndex(chosen)
        self.model.blockSignals(False)
        self.none.setText(tr("No room has a temperature."))
        self.drop_cards()
        if self.isVisible():
            self.refresh()

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, TwinChanged):
            self._report.invalidate()

    @override
    def on_slow(self, rows: object) -> None:
        super().on_slow(rows)
        if self._ticks % AGAIN_TICKS == 0 and (self.report is None or self.report.to_ms > self.report.until_ms):
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
        self.none.hide()
        self.reason.hide()

    def assumed(self) -> ComfortAssumptions:
        """What the sliders assume; clothing is by the weather until its slider was moved."""
        return replace(
            ComfortAssumptions(), model=_MODELS[max(self.model.currentIndex(), 0)], met=self.met.value,
            clo=self.clo.value if self._clo_moved else None, air_m_s=self.air.value, radiant_offset_c=self.radiant.value,
        )  # fmt: skip

    def ask_again(self) -> None:
        """Asks for the report again, also where one is under way."""
        self._report.invalidate()
        self.refresh()

    def _time_ms(self) -> int:
        return self.at_ms or self.feed.api.now_ms()

    def show_span(self, span: EnergySpan, at_ms: int) -> None:
        """Shows the day, week, month or year that contains a time (UTC ms; 0: now)."""
        self.span, self.at_ms = span, at_ms
        self.period.show_span(span)
        self.ask_again()

    def step(self, by: int) -> None:
        """Shows the period before (-1) or the next one (1); none that has not begun."""
        if self.report is None or not covers(self.report, self.span, self._time_ms()):
            self.period.wait_to_step(by)
            if not self._report.is_asking:
                self.ask_again()
            return
        at_ms = self.report.before_ms if by < 0 else self.report.to_ms + _HOUR_MS
        if at_ms <= self.feed.api.now_ms():
            self.show_span(self.span, at_ms)

    def _show(self, report: ComfortReport) -> None:
        """Shows an answer, or asks again where another length has been chosen meanwhile."""
        if report.span is not self.span:
            self.refresh()
            return
        self.report = report
        self.period.spinner.set_busy(False)
        self.reason.hide()
        self.cards.show(
            {
                (at, id(one)): partial(RoomCard, self, one, place_title(one, self.feed.twin))
                for at, one in enumerate(report.rooms)
            }
        )
        self.none.setVisible(not report.rooms)
        self.period.when.setText(period_text(report))
        self.period.next.setEnabled(report.to_ms <= self.feed.api.now_ms())
        self.by.setText(sentence(assumption_text(report.assumptions)))
        self.notes.setText("\n".join(sentence(one) for one in report.notes))
        for slider in self._sliders():
            slider.setEnabled(report.assumptions.model is ComfortModel.PMV)
        if covers(report, self.span, self._time_ms()):
            self.period.step_waiting()

    def _failed(self, problem: Problem) -> None:
        self.period.spinner.set_busy(False)
        self.period.forget_steps()
        self.reason.setText(sentence(problem.what))
        self.reason.show()

    def show_room(self, room: RoomComfort) -> None:
        """Selects a room and flies to it."""
        self.feed.selection.change(room=room.room, devices=frozenset[DeviceId]())
        self.flown.emit(room.room)

    def open_evidence(self, room: RoomComfort) -> None:
        """Opens the evidence of a room, first at its worst time."""
        at_ms = room.worst_ms or self._time_ms()
        dialog = ComfortEvidenceDialog(self, self.feed, room.room, at_ms, self.assumed())
        dialog.chart_wanted.connect(self.chart_wanted)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
