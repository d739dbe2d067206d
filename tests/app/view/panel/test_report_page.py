# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""The page of reports: schedules with their next run and last result, made, switched, run and opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fake_api import FakeDesk
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QLabel
from turns import run_turns

from app.i18n import set_language
from app.view.panel import report_page
from app.view.panel.report_page import ReportCard, ReportsPanel
from app.view.panel.report_schedule_dialog import ReportNowDialog, ReportScheduleDialog
from app.view.window import MainWindow
from twin.model.building_report import ReportFile, ReportFormat, ReportKind, ReportStatus
from twin.model.definition import DefinitionEdit, DefinitionKind, Definitions
from twin.model.energy import EnergySpan
from twin.model.problem import Problem
from twin.rules.definition_body import definition_of, read_body
from twin.rules.report_schedule import ReportSchedule

MONDAY = ReportSchedule(id="r1", title="Monday", every=EnergySpan.WEEK, weekday=0)
FAILED = Problem(code="report.folder", where="reports")
STATUS = ReportStatus(
    id="r1", next_ms=1_800_000_000_000, last_ms=1_799_000_000_000, problems=(FAILED,),
    files=(ReportFile(name="Monday.pdf", size=9),),
)  # fmt: skip


@pytest.fixture
def window(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> MainWindow:
    api.twin = replace(api.twin, definitions=Definitions(report_schedules=(definition_of(MONDAY),)))
    api.report_rows = (STATUS,)
    made = make_window(api)
    made.show_activity("reports")
    run_turns(made)
    made.show()
    settle(made)
    return made


def settle(window: MainWindow) -> None:
    for _ in range(40):
        window.feed.tick()
    run_turns(window)


def page(window: MainWindow) -> ReportsPanel:
    found = window.panel("reports")
    assert isinstance(found, ReportsPanel)
    return found


def card(window: MainWindow) -> ReportCard:
    (found,) = page(window).findChildren(ReportCard)
    return found


def edits(api: FakeDesk) -> list[DefinitionEdit]:
    return [edit for what, args in api.asked if what == "change_definitions" for edit in args[0]]  # type: ignore[attr-defined]


def said(window: MainWindow) -> str:
    return "\n".join(label.text() for label in card(window).findChildren(QLabel))


def test_a_card_says_when_it_is_made_and_why_the_last_one_failed(window: MainWindow) -> None:
    assert "Energy · Every week · Monday · 07:00" in said(window)
    assert "Next: " in said(window)
    assert "The folder of the reports cannot be made" in said(window)


def test_a_schedule_is_run_switched_off_and_deleted_as_undo_steps(window: MainWindow, api: FakeDesk) -> None:
    card(window).run.click()
    assert ("run_report", "r1") in api.asked
    card(window).switch.click()
    card(window).remove.click()
    off, gone = edits(api)
    assert (off.definition is not None and off.definition.enabled, gone.definition) == (False, None)


def test_a_report_is_fetched_before_it_is_opened(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    card(window).files[0].click()
    settle(window)
    ((schedule, name, path),) = [args for what, args in api.asked if what == "copy_report"]  # type: ignore[misc]
    assert (schedule, name, opened) == ("r1", "Monday.pdf", [path])


def test_a_new_schedule_shows_only_the_fields_of_its_period_and_is_one_edit(window: MainWindow, api: FakeDesk) -> None:
    made = ReportScheduleDialog(page(window), window.feed)
    assert not made.save.isEnabled(), "without a title"
    made.title.setText("Owner")
    made.every.setCurrentIndex(made.every.findData(EnergySpan.WEEK.value))
    assert (made.weekday.isHidden(), made.day.isHidden()) == (False, True)
    made.weekday.setCurrentIndex(4)
    made.kind.setCurrentIndex(made.kind.findData(ReportKind.ALARMS.value))
    made.pdf.setChecked(False)
    assert not made.save.isEnabled(), "without a format"
    made.book.setChecked(True)
    made.save.click()
    (edit,) = edits(api)
    assert edit.definition is not None
    found = read_body(DefinitionKind.REPORT_SCHEDULE, edit.definition)
    assert isinstance(found, ReportSchedule)
    assert (found.title, found.report, found.every, found.weekday) == ("Owner", ReportKind.ALARMS, EnergySpan.WEEK, 4)
    assert found.formats == (ReportFormat.XLSX,)
    assert found.since_ms == api.now_ms(), "what was due before is not made up for"


def test_a_report_at_once_is_written_where_people_say(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(report_page, "show_file", lambda path: None)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "x"), "Excel (*.xlsx)"))
    page(window).now.click()
    (asking,) = page(window).findChildren(ReportNowDialog)
    asking.accept()
    settle(window)
    ((kind, span, _, path, language),) = [args for what, args in api.asked if what == "write_report"]  # type: ignore[misc]
    assert (kind, span, path, language) == (ReportKind.ENERGY, EnergySpan.MONTH, str(tmp_path / "x.xlsx"), "en")


def test_the_page_speaks_chinese(window: MainWindow) -> None:
    set_language("zh_CN")
    page(window).retranslate()
    settle(window)
    assert page(window).add.text() == "新建定期报告…"
    shown = [label.text() for label in page(window).findChildren(QLabel)]
    assert any("每周" in text for text in shown)
    set_language("en")
