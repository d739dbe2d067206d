"""Dialogs of a scheduled report, and of a report that is made at once."""

from __future__ import annotations

from secrets import token_hex

from msgspec.structs import replace
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import current_language, in_full, known_languages, locale_name, tr
from app.view.control.dialog import Dialog
from app.view.control.form_fields import ChoiceBox, DateBox, WholeNumberBox
from app.view.control.slots import calling
from app.view.control.widgets import row, text_label
from app.view.feed import Feed
from app.view.panel.rule_fields import ClockField
from twin.model.building_report import ReportFormat, ReportKind
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.energy import EnergySpan
from twin.model.problem import Problem
from twin.rules.definition_body import definition_of
from twin.rules.report_schedule import LONGEST_MONTH, ReportMail, ReportSchedule

MOST_LETTERS = 200
PDF, EXAMPLE = "PDF", "owner@example.org"


def report_name(kind: ReportKind) -> str:
    """What a report is about, for choices and cards."""
    return {
        ReportKind.ENERGY: tr("Energy"), ReportKind.COMFORT: tr("Comfort"), ReportKind.ALARMS: tr("Alarms"),
        ReportKind.AVAILABILITY: tr("Availability"),
    }[kind]  # fmt: skip


def every_name(span: EnergySpan) -> str:
    """How often a report is made, for choices."""
    return {
        EnergySpan.DAY: tr("Every day"), EnergySpan.WEEK: tr("Every week"), EnergySpan.MONTH: tr("Every month"),
        EnergySpan.YEAR: tr("Every year"),
    }[span]  # fmt: skip


def weekday_name(weekday: int) -> str:
    """Name of a weekday, 0 Monday."""
    from babel.dates import get_day_names

    return str(get_day_names("wide", "stand-alone", locale=locale_name())[weekday])


def month_name(month: int) -> str:
    """Name of a month, 1 January."""
    from babel.dates import get_month_names

    return str(get_month_names("wide", "stand-alone", locale=locale_name())[month])


def when_text(one: ReportSchedule) -> str:
    """When a report is made: `Every week · Monday · 07:00`."""
    day = {
        EnergySpan.DAY: "", EnergySpan.WEEK: weekday_name(one.weekday), EnergySpan.MONTH: tr("day {day}", day=one.day),
        EnergySpan.YEAR: f"{month_name(one.month)} {one.day}",
    }[one.every]  # fmt: skip
    clock = f"{one.minute // 60:02}:{one.minute % 60:02}"
    return " · ".join(filter(None, (every_name(one.every), day, clock)))


def _choice(name: str, entries: list[tuple[str, object]], chosen: object) -> ChoiceBox:
    box = ChoiceBox()
    box.setAccessibleName(name)
    for text, value in entries:
        box.addItem(text, value)
    box.setCurrentIndex(max(0, [value for _, value in entries].index(chosen)))
    return box


class ReportScheduleDialog(Dialog):
    """Edits a scheduled report, or a new one: one undo step."""

    def __init__(
        self, parent: QWidget, feed: Feed, schedule: ReportSchedule | None = None, *, enabled: bool = True
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Scheduled report"))
        self.setMinimumWidth(480)
        self.feed, self._enabled = feed, enabled
        one = self._base = schedule or ReportSchedule(id=f"report-{token_hex(4)}", language=current_language())
        self.title = QLineEdit(one.title)
        self.title.setMaxLength(max(MOST_LETTERS, len(one.title)))
        self.kind = _choice(tr("About"), [(report_name(kind), kind.value) for kind in ReportKind], one.report.value)
        self.every = _choice(tr("When"), [(every_name(span), span.value) for span in EnergySpan], one.every.value)
        self.weekday = _choice(tr("Weekday"), [(weekday_name(n), n) for n in range(7)], one.weekday)
        self.month = _choice(tr("Month"), [(month_name(n), n) for n in range(1, 13)], one.month)
        self.day = WholeNumberBox()
        self.day.setRange(1, LONGEST_MONTH)
        self.day.setValue(one.day)
        self.clock = ClockField(tr("Time of day"), one.minute)
        self.pdf, self.book = QCheckBox(PDF), QCheckBox(tr("Workbook (Excel)"))
        self.pdf.setChecked(ReportFormat.PDF in one.formats)
        self.book.setChecked(ReportFormat.XLSX in one.formats)
        names = known_languages()
        known = one.language if one.language in names else current_language()
        self.language = _choice(tr("Language"), [(name, code) for code, name in names.items()], known)
        channels: list[tuple[str, object]] = [(way.title or way.id, way.id) for way in feed.twin.definitions.channels]
        mail = one.mails[0] if one.mails else ReportMail(channel="")
        there = mail.channel if any(id == mail.channel for _, id in channels) else ""
        self.channel = _choice(tr("Send by"), [(tr("nobody"), ""), *channels], there)
        self.to = QLineEdit(mail.to)
        self.to.setPlaceholderText(EXAMPLE)
        self.reason = text_label("", "reason", wrap=True)
        self.cancel, self.save = QPushButton(tr("Cancel")), QPushButton(tr("Save"))
        self._lay()

    def _lay(self) -> None:
        self.save.setObjectName("primary")
        column, form = QVBoxLayout(self), QFormLayout()
        column.setContentsMargins(22, 18, 22, 14)
        self._form = form
        for name, field in (
            (tr("Title"), self.title), (tr("About"), self.kind), (tr("When"), self.every), (tr("Weekday"), self.weekday),
            (tr("Month"), self.month), (tr("Day of the month"), self.day), (tr("Time of day"), self.clock),
            (tr("Language"), self.language), (tr("Send by"), self.channel), (tr("Address"), self.to),
        ):  # fmt: skip
            field.setAccessibleName(name)
            form.addRow(name, field)
        form.addRow(tr("Format"), row(self.pdf, self.book, 1))
        column.addLayout(form)
        about = tr(
            "It is about the day, week, month or year that is over then. A missed one is made when Oikos runs again."
        )
        column.addWidget(text_label(about, "faint", wrap=True))
        column.addWidget(self.reason)
        column.addLayout(row(1, self.cancel, self.save))
        for changed in (self.every.currentIndexChanged, self.channel.currentIndexChanged, self.title.textChanged, self.to.textChanged, self.pdf.toggled, self.book.toggled):  # fmt: skip
            changed.connect(calling(self._check))
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(calling(self._save))
        self.feed.project_left.connect(self.reject)
        self._check()

    def _check(self) -> None:
        every = EnergySpan(self.every.currentData())
        for field, shown in (
            (self.weekday, every is EnergySpan.WEEK), (self.month, every is EnergySpan.YEAR),
            (self.day, every in (EnergySpan.MONTH, EnergySpan.YEAR)), (self.to, bool(self.channel.currentData())),
        ):  # fmt: skip
            self._form.setRowVisible(field, shown)
        formats = self.pdf.isChecked() or self.book.isChecked()
        self.save.setEnabled(bool(self.title.text().strip()) and formats)

    def schedule(self) -> ReportSchedule:
        """The schedule of the fields; further recipients are kept."""
        mails = self._base.mails[1:]
        if self.channel.currentData():
            mails = (ReportMail(channel=str(self.channel.currentData()), to=self.to.text().strip()), *mails)
        formats = [(self.pdf, ReportFormat.PDF), (self.book, ReportFormat.XLSX)]
        return replace(
            self._base, title=self.title.text().strip(), report=ReportKind(self.kind.currentData()),
            every=EnergySpan(self.every.currentData()), weekday=int(self.weekday.currentData()),
            month=int(self.month.currentData()), day=self.day.value(), minute=self.clock.minute(),
            formats=tuple(format for box, format in formats if box.isChecked()),
            language=str(self.language.currentData()), mails=mails, since_ms=self.feed.api.now_ms(),
        )  # fmt: skip

    def _save(self) -> None:
        made = self.schedule()
        definition: Definition = definition_of(made, enabled=self._enabled)
        edit = DefinitionEdit(DefinitionKind.REPORT_SCHEDULE, made.id, definition)
        self.feed.when(self.feed.api.change_definitions([edit]), calling(self.accept), self._refused)

    def _refused(self, problem: Problem) -> None:
        self.reason.setText(in_full(problem))


class ReportNowDialog(Dialog):
    """Asks what a report is about and which period; the caller asks where it is written."""

    def __init__(self, parent: QWidget, today: QDate) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Make a report"))
        self.setMinimumWidth(420)
        self.kind = _choice(
            tr("About"), [(report_name(kind), kind.value) for kind in ReportKind], ReportKind.ENERGY.value
        )
        spans: list[tuple[str, object]] = [
            (tr("Day", about="period"), EnergySpan.DAY.value), (tr("Week", about="period"), EnergySpan.WEEK.value),
            (tr("Month", about="period"), EnergySpan.MONTH.value), (tr("Year", about="period"), EnergySpan.YEAR.value),
        ]  # fmt: skip
        self.span = _choice(tr("Period"), spans, EnergySpan.MONTH.value)
        self.at = DateBox(today.addMonths(-1))
        self.at.setAccessibleName(tr("A day in it"))
        cancel, make = QPushButton(tr("Cancel")), QPushButton(tr("Save report…"))
        make.setObjectName("primary")
        column, form = QVBoxLayout(self), QFormLayout()
        column.setContentsMargins(22, 18, 22, 14)
        form.addRow(tr("About"), self.kind)
        form.addRow(tr("Period"), self.span)
        form.addRow(tr("A day in it"), self.at)
        column.addLayout(form)
        column.addLayout(row(1, cancel, make))
        cancel.clicked.connect(self.reject)
        make.clicked.connect(self.accept)

    def asked(self) -> tuple[ReportKind, EnergySpan, QDate]:
        """What is reported, the length of the period, and a day in it."""
        return ReportKind(self.kind.currentData()), EnergySpan(self.span.currentData()), self.at.date()
