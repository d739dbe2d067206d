"""Reports panel: scheduled reports with their next run and last result; a report at once, and the folder of all."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast, override

from PySide6.QtCore import QDate, QTemporaryDir, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QPushButton

from app.i18n import current_language, in_full, sentence, tr
from app.settings import REPORTS_FOLDER, SettingValue
from app.site_time import zone_of
from app.view.control.slots import calling
from app.view.control.widgets import IconButton, ToggleSwitch, button, row, text_label
from app.view.control.wrapping_row import WrappingRow
from app.view.feed import Feed
from app.view.formatting import format_time
from app.view.panel.card_list import CardPanel
from app.view.panel.panel_base import CardFrame
from app.view.panel.report_schedule_dialog import (
    ReportNowDialog,
    ReportScheduleDialog,
    report_name,
    when_text,
)
from twin.insight.calendar_span import midnight
from twin.model.building_report import ReportFile, ReportStatus
from twin.model.change import Change, ReportsChanged, TwinChanged
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.problem import Problem, ProblemError
from twin.rules.definition_body import read_body
from twin.rules.report_schedule import ReportSchedule
from twin.rules.wall_clock import local

FORMATS = "PDF (*.pdf);;Excel (*.xlsx)"


class ReportCard(CardFrame):
    """Card of one scheduled report: when, next, last result with its files; run, edit, switch and delete."""

    def __init__(self, panel: ReportsPanel, one: ReportSchedule, definition: Definition, status: ReportStatus) -> None:
        super().__init__()
        self.switch = ToggleSwitch()
        self.switch.setChecked(definition.enabled)
        self.switch.setAccessibleName(f"{tr('On')}: {one.title}")
        self.switch.clicked.connect(lambda: panel.switch(definition))
        self.edit = IconButton("rename", f"{tr('Edit…')}: {one.title}", size=16)
        self.remove = IconButton("remove", f"{tr('Delete')}: {one.title}", size=16)
        self.edit.clicked.connect(lambda: panel.edit(one, definition))
        self.remove.clicked.connect(lambda: panel.delete(one.id))
        head = row(text_label(one.title or one.id, "paneltitle", wrap=True), self.switch, self.edit, self.remove)
        head.setStretch(0, 1)
        self.column.addLayout(head)
        self.column.addWidget(text_label(f"{report_name(one.report)} · {when_text(one)}", "muted", wrap=True))
        if status.next_ms is not None:
            self.column.addWidget(text_label(tr("Next: {time}", time=format_time(status.next_ms)), "faint"))
        if status.last_ms is not None:
            self.column.addWidget(text_label(tr("Last: {time}", time=format_time(status.last_ms)), "faint"))
        for problem in status.problems:
            self.column.addWidget(text_label(in_full(problem), "reason", wrap=True))
        self.files: list[QPushButton] = []
        for file in status.files:
            opened = button(tr("Open {name}", name=file.name))
            opened.clicked.connect(calling(partial(panel.open_file, one.id, file)))
            self.files.append(opened)
            self.column.addWidget(opened)
        self.run = button(tr("Being made…") if status.running else tr("Run now"))
        self.run.setEnabled(not status.running)
        self.run.clicked.connect(lambda: panel.run(one.id))
        self.column.addLayout(row(self.run, 1))


class ReportsPanel(CardPanel):
    """Lists the scheduled reports; each change is one undo step."""

    title, icon = "Reports", "document"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self._status = self.add_query(lambda _: feed.api.report_schedules(), self._show, self._failed)
        self._folder = self.add_query(lambda _: self._asked_folder(), self._show_folder, lambda _: None)
        self._fetched: QTemporaryDir | None = None
        """Copies of the files that were opened; deleted with the panel."""
        self.add, self.now, self.folder = QPushButton(), QPushButton(), QPushButton()
        self.add.setObjectName("primary")
        self.add.clicked.connect(calling(self._new))
        self.now.clicked.connect(calling(self._make))
        self.folder.clicked.connect(calling(self._choose_folder))
        self.none, self.reason = text_label("", "muted", wrap=True), text_label("", "reason", wrap=True)
        self.place = text_label("", "faint", wrap=True)
        self.reason.hide()
        self.folder.hide()
        self.column.addLayout(WrappingRow(self.add, self.now))
        self.cards = self.add_list(self.reason, self.none)
        self.column.addWidget(self.place)
        self.column.addLayout(row(self.folder, 1))
        self.column.addStretch(1)
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.add.setText(tr("New scheduled report…"))
        self.now.setText(tr("Make a report…"))
        self.folder.setText(tr("Another folder…"))
        self.none.setText(
            tr("No report is scheduled yet. One can be made every Monday, or on the first of each month.")
        )
        self.drop_cards()
        if self.isVisible():
            self.refresh()

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, TwinChanged | ReportsChanged):
            self._status.invalidate()

    def _show(self, rows: tuple[ReportStatus, ...]) -> None:
        self.reason.hide()
        self.cards.show(
            {
                (one, definition, status): partial(ReportCard, self, one, definition, status)
                for status in rows
                if (definition := self._definition(status.id)) is not None and (one := _read(definition)) is not None
            }
        )
        self.none.setVisible(not rows)

    def _definition(self, id: str) -> Definition | None:
        return self.feed.twin.definitions.find(DefinitionKind.REPORT_SCHEDULE, id)

    def _failed(self, problem: Problem) -> None:
        self.reason.setText(sentence(problem.what))
        self.reason.show()

    # -- the folder, on the engine's own computer

    def _asked_folder(self) -> Future[dict[str, SettingValue]]:
        return self.feed.api.engine_settings()

    def _show_folder(self, known: dict[str, SettingValue]) -> None:
        here = REPORTS_FOLDER in known
        chosen = str(known.get(REPORTS_FOLDER, ""))
        project = Path(self.feed.api.project())
        place = chosen or str(project.with_name(f"{project.stem} reports"))
        self.place.setText(tr("Written to {folder}", folder=place) if here else "")
        self.folder.setVisible(here)

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Folder of the reports"))
        if chosen:
            changed = self.feed.api.change_engine_setting(REPORTS_FOLDER, chosen)
            self.feed.when(changed, calling(self._folder_changed), self.feed.raise_problem)

    def _folder_changed(self) -> None:
        self._folder.invalidate()
        self._folder.refresh()

    # -- what people ask for

    def _new(self) -> None:
        ReportScheduleDialog(self, self.feed).open()

    def edit(self, one: ReportSchedule, definition: Definition) -> None:
        """Opens the dialog of a schedule."""
        ReportScheduleDialog(self, self.feed, one, enabled=definition.enabled).open()

    def switch(self, definition: Definition) -> None:
        """Turns a schedule on or off: one undo step."""
        self._change(definition.id, replace(definition, enabled=not definition.enabled))

    def delete(self, id: str) -> None:
        """Deletes a schedule, not what it made: one undo step."""
        self._change(id, None)

    def _change(self, id: str, definition: Definition | None) -> None:
        edit = DefinitionEdit(DefinitionKind.REPORT_SCHEDULE, id, definition)
        done = self.feed.api.change_definitions([edit])
        self.feed.when(done, calling(self._status.invalidate), self.feed.raise_problem)

    def run(self, id: str) -> None:
        """Makes a scheduled report now."""
        self.feed.when(self.feed.api.run_report(id), calling(self._status.invalidate), self.feed.raise_problem)

    def open_file(self, id: str, file: ReportFile) -> None:
        """Opens a copy of a report in the program that the system has for it."""
        self._fetched = self._fetched or QTemporaryDir()
        out = Path(self._fetched.path()) / file.name
        done = self.feed.api.copy_report(id, file.name, str(out))
        self.feed.when(done, calling(partial(show_file, str(out))), self.feed.raise_problem)

    def _make(self) -> None:
        today = local(self.feed.api.now_ms(), zone_of(self.feed.twin.site)).date()
        asking = ReportNowDialog(self, QDate(today.year, today.month, today.day))
        asking.accepted.connect(partial(self._ask_where, asking))
        asking.finished.connect(asking.deleteLater)
        asking.open()

    def _ask_where(self, asking: ReportNowDialog) -> None:
        kind, span, day = asking.asked()
        path, chosen = QFileDialog.getSaveFileName(self, tr("Make a report"), f"{kind.value}.pdf", FORMATS)
        if not path:
            return
        if Path(path).suffix.lower() not in (".pdf", ".xlsx"):
            path += ".xlsx" if "xlsx" in chosen else ".pdf"
        at_ms = midnight(day.toPython(), zone_of(self.feed.twin.site))  # pyright: ignore[reportArgumentType]
        done = self.feed.api.write_report(kind, span, at_ms, path, current_language())
        self.feed.when(done, calling(partial(show_file, path)), self.feed.raise_problem)


def show_file(path: str) -> None:
    """Opens a file in the program that the system has for it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(path))


def _read(definition: Definition) -> ReportSchedule | None:
    """The schedule; None where it cannot be read, which the engine tells."""
    try:
        return cast("ReportSchedule", read_body(DefinitionKind.REPORT_SCHEDULE, definition))
    except ProblemError:
        return None
