"""Care panel: of each person who has agreed the state, the profile as a clock, what is watched, and the log."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import override

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QPushButton

from app.i18n import sentence, tr, translate
from app.site_time import zone_of
from app.view.chart.silence_clock import SilenceClock
from app.view.control.form_fields import ChoiceBox
from app.view.control.slots import calling, taking
from app.view.control.widgets import Spinner, button, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_time
from app.view.panel.card_list import CardPanel
from app.view.panel.care_dialog import ConsentDialog, WithdrawDialog
from twin.insight.care_texts import state_texts
from twin.model.care import CareSetup, CareState, CareStatus
from twin.model.change import AlarmsChanged, Change, TwinChanged
from twin.model.problem import Problem
from twin.rules.wall_clock import local

DAY_MS = 86_400_000
AGAIN_TICKS = 120
"""Slow ticks (a quarter of a second each) after which the state is asked for again: half a minute."""
SHOWN = 30
"""Most events that are listed."""


class CarePanel(CardPanel):
    """Shows the state of care of one person at a time, and takes that person's decisions."""

    title, icon = "Care", "live"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.status: CareStatus | None = None
        self.statuses: tuple[CareStatus, ...] = ()
        self.person, self.add = ChoiceBox(), self._button(self._open_another)
        """Whom the page is about, where several are in care; and one more."""
        self.person.currentIndexChanged.connect(taking(int, lambda _: self._show_chosen()))
        self._asked = self.add_query(lambda _: feed.api.care(), self._answered, self._failed)
        self.spinner = Spinner()
        self.state, self.reason = text_label("", "heading", wrap=True), text_label("", "reason", wrap=True)
        self.more, self.clock = text_label("", "muted", wrap=True), SilenceClock()
        self.legend, self.watched = text_label("", "faint", wrap=True), text_label("", "muted", wrap=True)
        self.watched_title, self.log_title = text_label("", "paneltitle"), text_label("", "paneltitle")
        self.log, self.hint = text_label("", "muted", wrap=True, select=True), text_label("", "faint", wrap=True)
        self.well, self.agree = self._button(self._answer), self._button(self.open_consent)
        self.pause, self.resume = self._button(self._pause), self._button(self._resume)
        self.withdraw = self._button(self._ask_to_withdraw)
        self.column.addLayout(row(self.person, self.spinner, 1))
        for widget in (self.state, self.reason, self.more):
            self.column.addWidget(widget)
        self.column.addLayout(row(self.well, self.agree, 1))
        self.column.addWidget(self.clock)
        for widget in (self.legend, self.watched_title, self.watched):
            self.column.addWidget(widget)
        self.column.addLayout(row(self.pause, self.resume, self.withdraw, 1))
        self.column.addLayout(row(self.add, 1))
        for widget in (self.log_title, self.log, self.hint):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        self.retranslate()

    def _button(self, do: Callable[[], object]) -> QPushButton:
        made = button()
        made.clicked.connect(calling(do))
        return made

    @override
    def retranslate(self) -> None:
        self.person.setAccessibleName(tr("Person in care"))
        self.add.setText(tr("Consent of another person…"))
        self.well.setText(tr("All is well"))
        self.pause.setText(tr("Pause for a week"))
        self.resume.setText(tr("End the pause"))
        self.withdraw.setText(tr("Withdraw the consent…"))
        self.watched_title.setText(tr("What is looked at"))
        self.log_title.setText(tr("What happened"))
        self.legend.setText(tr("Inside: the longest silence that was learned; outside: the line from which is asked"))
        self.hint.setText(translate("care.not_medical"))
        self.drop_cards()
        if self.isVisible():
            self.refresh()

    @override
    def drop_cards(self) -> None:
        super().drop_cards()
        self._answered(())
        self.status = None
        self.state.setText("")

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, TwinChanged | AlarmsChanged):
            self._asked.invalidate()

    @override
    def on_slow(self, rows: object) -> None:
        super().on_slow(rows)
        if self._ticks % AGAIN_TICKS == 0:
            self._asked.invalidate()

    @override
    def refresh(self) -> None:
        super().refresh()
        self.spinner.set_busy(self._asked.is_asking)

    def _answered(self, found: tuple[CareStatus, ...]) -> None:
        """Takes over the status of every person; the one that is shown stays chosen."""
        self.statuses = found
        names = [one.consent.setup.person for one in found if one.consent is not None]
        if names != [self.person.itemText(at) for at in range(self.person.count())]:
            chosen, blocker = self.person.currentText(), QSignalBlocker(self.person)
            self.person.clear()
            self.person.addItems(names)
            self.person.setCurrentIndex(max(0, self.person.findText(chosen)))
            blocker.unblock()
        self.person.setVisible(len(names) > 1)
        self._show_chosen()

    def _show_chosen(self) -> None:
        at = self.person.currentIndex()
        self._show(self.statuses[at] if 0 <= at < len(self.statuses) else CareStatus())

    @property
    def _name(self) -> str:
        """Name of the person whom the page is about; empty for none."""
        return self.status.consent.setup.person if self.status is not None and self.status.consent is not None else ""

    def _show(self, status: CareStatus) -> None:
        self.status, consent = status, status.consent
        self.spinner.set_busy(False)
        self.reason.hide()
        first, *others = (sentence(one) for one in state_texts(status))
        self.state.setText(first)
        self.more.setText("\n".join(others))
        self.agree.setText(tr("Change what was agreed…") if consent is not None else tr("Consent of a person…"))
        may_agree = self.feed.api.may("agree_to_care")
        self.agree.setVisible(may_agree)
        self.add.setVisible(may_agree and consent is not None)
        paused = status.state is CareState.PAUSED
        self.well.setVisible(status.question is not None)
        for widget in (self.watched_title, self.watched, self.withdraw, self.log_title, self.log):
            widget.setVisible(consent is not None)
        self.pause.setVisible(consent is not None and not paused)
        self.resume.setVisible(paused)
        for widget in (self.clock, self.legend):
            widget.setVisible(bool(status.profile_ms))
        zone = zone_of(self.feed.twin.site)
        now = local(status.at_ms, zone)
        self.clock.show_profile(status.longest_ms, status.profile_ms, now.hour + now.minute / 60)
        if consent is not None:
            self.watched.setText("\n".join(self._watched(consent.setup, consent.given_ms, consent.recorded_by)))
        self.log.setText(
            "\n".join(f"{format_time(one.time_ms)}  {sentence(one.text)}" for one in status.events[:SHOWN])
        )

    def _watched(self, setup: CareSetup, given_ms: int, by: str) -> list[str]:
        twin = self.feed.twin
        common = self.status.common if self.status is not None else ()
        names = [
            tr("{name} (common)", name=name) if one.point in common else name
            for one in setup.sources
            if (point := twin.point_of.get(one.point)) and (name := twin.device_of[point.device].name)
        ]
        kinds = [translate(f"care.kind.{kind.value}") for kind in setup.kinds]
        agreed = tr("Agreed {time}, recorded by {by}", time=format_time(given_ms), by=by or "–")
        return [agreed, ", ".join(dict.fromkeys(names)), ", ".join(kinds)]

    def _failed(self, problem: Problem) -> None:
        self.spinner.set_busy(False)
        self.reason.setText(sentence(problem.what))
        self.reason.show()

    # -- what the person decides

    def open_consent(self) -> None:
        """Opens the dialog of the consent."""
        known = self.status.consent.setup if self.status is not None and self.status.consent is not None else None
        self._ask_for_consent(known)

    def _open_another(self) -> None:
        self._ask_for_consent(None)

    def _ask_for_consent(self, known: CareSetup | None) -> None:
        api = self.feed.api
        others = {
            one.point
            for status in self.statuses
            if status.consent is not None and status.consent.setup is not known
            for one in status.consent.setup.sources
        }
        ConsentDialog(self, self.feed.twin, known, lambda setup: self._do(api.agree_to_care(setup)), others).open()

    def _ask_to_withdraw(self) -> None:
        api = self.feed.api
        may, name = api.may("agree_to_care"), self._name
        WithdrawDialog(self, lambda too: self._do(api.withdraw_care(name, recordings=too)), may_delete=may).open()

    def _answer(self) -> None:
        self._do(self.feed.api.answer_care(self._name))

    def _pause(self) -> None:
        self._do(self.feed.api.pause_care(self.feed.api.now_ms() + 7 * DAY_MS, self._name))

    def _resume(self) -> None:
        self._do(self.feed.api.pause_care(0, self._name))

    def _do(self, asked: Future[None]) -> None:
        def done(_: object) -> None:
            self._asked.invalidate()
            if self.isVisible():
                self.refresh()

        self.feed.when(asked, done, self.feed.raise_problem)
