"""The comfort page: rooms by their exposure, sliders that judge anew, the evidence dialog, both languages."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import pytest
from fake_api import FakeDesk, room_id
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel
from turns import run_turns

from app.view.i18n import set_language
from app.view.panel import comfort_evidence_dialog
from app.view.panel.comfort import ComfortPanel, RoomCard
from app.view.panel.comfort_evidence_dialog import ComfortEvidenceDialog
from app.view.panel.trends import TrendsPanel
from app.view.window import MainWindow
from twin.model.building_report import REPORT_JOB, ReportFile
from twin.model.change import Progress
from twin.model.energy import EnergySpan
from twin.model.problem import Problem, ProblemError
from twin.model.room_comfort import ComfortAssumptions, ComfortModel


def settle(window: MainWindow) -> None:
    for _ in range(3):
        run_turns(window)
        window.feed.tick()
    run_turns(window)


def opened(window: MainWindow) -> ComfortPanel:
    """Opens the page by its menu entry."""
    window.trigger("comfort")
    settle(window)
    found = window.panel("comfort")
    assert isinstance(found, ComfortPanel)
    assert found.isVisible()
    return found


def said(panel: ComfortPanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisibleTo(panel))


def card(panel: ComfortPanel, name: str) -> RoomCard:
    (found,) = [one for one in panel.findChildren(RoomCard) if one.room.room == room_id(name)]
    return found


def test_rooms_with_a_temperature_are_listed_with_their_verdict(window: MainWindow) -> None:
    panel = opened(window)
    assert {one.room.room for one in panel.findChildren(RoomCard)} == {
        room_id(name) for name in ("Living room", "Kitchen", "Bath", "Study", "Bedroom", "Children", "Upper bath")
    }
    assert "Too cold 100 %" in said(panel)
    assert "PMV (ISO 7730) with 1.2 met" in panel.by.text()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_nothing_on_the_page_is_wider_than_its_panel(window: MainWindow, language: str) -> None:
    set_language(language)
    panel = opened(window)
    window.resize(1280, 800)
    settle(window)
    assert panel.list.minimumSizeHint().width() <= panel.minimumWidth()


def test_a_slider_judges_anew_and_the_adaptive_model_needs_none(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    assert panel.assumed() == ComfortAssumptions()
    panel.clo.slider.setValue(round(1.5 / 0.05))
    panel.met.slider.setValue(18)
    assert panel._settled.isActive()
    panel._settled.stop()
    panel.ask_again()
    settle(window)
    (_, _, assumed) = [args for what, args in api.asked if what == "comfort"][-1]
    assert isinstance(assumed, ComfortAssumptions)
    assert (round(assumed.clo or 0, 2), round(assumed.met, 1)) == (1.5, 1.8)
    assert "Comfortable" in said(panel)
    panel.model.setCurrentIndex(1)
    settle(window)
    assert panel.report is not None
    assert panel.report.assumptions.model is ComfortModel.ADAPTIVE
    assert not panel.met.isEnabled()


def test_the_evidence_of_a_room_is_opened_and_drawn_in_the_trends(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    QTest.mouseClick(card(panel, "Kitchen").evidence, Qt.MouseButton.LeftButton)
    settle(window)
    (dialog,) = panel.findChildren(ComfortEvidenceDialog)
    assert "16.0 °C" in dialog.facts.text()
    assert "Nothing was set" in dialog.commands.text()
    before = len([1 for what, _ in api.asked if what == "comfort_evidence"])
    dialog.time.setDateTime(dialog.time.dateTime().addSecs(-3600))
    settle(window)
    assert len([1 for what, _ in api.asked if what == "comfort_evidence"]) == before + 1
    QTest.mouseClick(dialog.chart, Qt.MouseButton.LeftButton)
    settle(window)
    state = window.feed.selection.state
    assert (state.room, state.moment_ms) == (room_id("Kitchen"), dialog.evidence.time_ms if dialog.evidence else 0)
    trends = window.panel("trends")
    assert isinstance(trends, TrendsPanel)
    assert len(trends.points) >= 2
    assert trends.plot is not None
    begin, end = trends.plot.span
    assert begin < (state.moment_ms or 0) / 1000 < end
    assert not trends.following


def evidence(window: MainWindow) -> ComfortEvidenceDialog:
    """The dialog of the kitchen's evidence."""
    panel = opened(window)
    QTest.mouseClick(card(panel, "Kitchen").evidence, Qt.MouseButton.LeftButton)
    settle(window)
    (dialog,) = panel.findChildren(ComfortEvidenceDialog)
    return dialog


def test_the_evidence_is_saved_as_pdf_where_people_say_with_progress(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names: list[str] = []
    shown: list[str] = []
    monkeypatch.setattr(comfort_evidence_dialog, "show_file", shown.append)
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *args: (names.append(args[2]), (str(tmp_path / "kitchen"), ""))[1]
    )
    dialog, written = evidence(window), Future[object]()
    api.answers["write_comfort_evidence"] = written
    assert not dialog.gauge.isVisible()
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    out, found = str(tmp_path / "kitchen.pdf"), dialog.evidence
    assert found is not None
    assert names == ["Evidence of Kitchen.pdf"]
    asked = [args for what, args in api.asked if what == "write_comfort_evidence"]
    assert asked == [(room_id("Kitchen"), found.time_ms, ComfortAssumptions(), out, "en")]
    window.feed.show_progress(Progress(REPORT_JOB, None, 0.5))
    assert dialog.gauge.isVisible()
    assert dialog.gauge.value() == dialog.gauge.maximum() / 2
    written.set_result(ReportFile(name="kitchen.pdf", size=1))
    settle(window)
    assert shown == [out]
    assert dialog.reason.text() == "Saved kitchen.pdf"
    assert not dialog.gauge.isVisible()
    assert dialog.save.text() == "Save as PDF…"


def test_a_file_that_cannot_be_written_is_told_in_the_dialog_and_stopping_is_silent(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/none/a.pdf", ""))
    dialog = evidence(window)
    for code, told in (("report.dropped", False), ("export.unwritable", True)):
        written = api.answers["write_comfort_evidence"] = Future[object]()
        QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
        if not told:
            assert dialog.save.text() == "Stop"
            QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
            assert ("cancel", (REPORT_JOB,)) in api.asked
        written.set_exception(ProblemError(Problem(code=code, where="/none/a.pdf")))
        settle(window)
        assert dialog.reason.isVisible() is told
        assert dialog.save.text() == "Save as PDF…"


def test_a_room_is_shown_and_periods_are_stepped_through(window: MainWindow) -> None:
    panel = opened(window)
    QTest.mouseClick(card(panel, "Bath").show_me, Qt.MouseButton.LeftButton)
    assert window.feed.selection.state.room == room_id("Bath")
    now = panel.report
    assert now is not None
    panel.step(-1)
    settle(window)
    assert panel.report is not None
    assert panel.report.to_ms == now.from_ms
    panel.show_span(EnergySpan.DAY, 0)
    settle(window)
    assert panel.report.span is EnergySpan.DAY


def test_the_page_is_in_chinese(window: MainWindow) -> None:
    panel = opened(window)
    set_language("zh_CN", "°C")
    panel.retranslate()
    settle(window)
    assert "过冷" in said(panel)
