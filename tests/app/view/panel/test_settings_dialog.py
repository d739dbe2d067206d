"""The page of settings is the table of settings: every row, in force at once, and what cannot be written is said."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

from fake_api import FakeDesk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QSpinBox
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.i18n import current_language
from app.settings import ROWS, Settings
from app.view.panel.about_dialog import about_dialog
from app.view.panel.settings_dialog import SettingsDialog
from app.view.window import MainWindow
from twin.model.problem import Problem, ProblemError


def test_every_setting_of_the_table_has_its_field(window: MainWindow) -> None:
    page = SettingsDialog(window.settings, window.feed, lambda name: None, lambda problem: None, window)
    assert set(page.fields) == {row.name for row in ROWS if row.on_page}
    assert all(field.accessibleName() for field in page.fields.values())


def test_a_setting_is_in_force_and_on_disk_as_soon_as_it_is_changed(window: MainWindow, qtbot: QtBot) -> None:
    window.effects.edit_settings()
    (page,) = window.findChildren(SettingsDialog)
    theme = page.fields["theme"]
    assert isinstance(theme, QComboBox)
    theme.setFocus()
    at = theme.findData("dark")
    theme.setCurrentIndex(at)
    theme.activated.emit(at)
    assert window.actions_by_id["dark"].isChecked()
    language = page.fields["language"]
    assert isinstance(language, QComboBox)
    language.activated.emit(language.findData("zh_CN"))
    assert current_language() == "zh_CN"
    assert window.actions_by_id["language_zh_CN"].isChecked()
    assert window.settings.file is not None
    assert Settings.load(window.settings.file.parent).text("theme") == "dark"
    window.feed.tick()
    days = page.fields["keep_raw_days"]
    assert isinstance(days, QSpinBox)
    days.setValue(1)
    assert days.value() == 7  # the table's own bound
    assert window.feed.api.asked[-1] == ("change_engine_setting", ("keep_raw_days", 7))  # type: ignore[attr-defined]
    window.effects.run("language_en")
    window.apply_theme("light")


def test_what_cannot_be_written_is_raised_and_the_window_goes_on(window: MainWindow, tmp_path: Path) -> None:
    raised: list[Problem] = []
    (tmp_path / "blocked").write_text("a file where the folder should be")
    settings = Settings(tmp_path / "blocked" / "settings.toml")
    page = SettingsDialog(settings, window.feed, lambda name: None, raised.append, window)
    theme = page.fields["theme"]
    theme.activated.emit(theme.findData("dark"))  # type: ignore[attr-defined]
    window.feed.tick()
    assert len(raised) == 1


def test_settings_of_the_engine_are_its_own_wherever_it_runs(window: MainWindow, api: FakeDesk) -> None:
    window.settings.values["internet"] = False
    api.own_settings["internet"] = True
    raised: list[Problem] = []
    page = SettingsDialog(window.settings, window.feed, lambda name: None, raised.append, window)
    assert not page.fields["internet"].isEnabled(), "the engine has not answered yet"
    assert page.fields["theme"].isEnabled()
    window.feed.tick()
    toggle = page.fields["internet"]
    assert (toggle.isEnabled(), toggle.isChecked()) == (True, True)  # type: ignore[attr-defined]
    toggle.click()  # type: ignore[attr-defined]
    window.feed.tick()
    assert api.asked[-1] == ("change_engine_setting", ("internet", False))
    assert window.settings.file is None or not window.settings.file.exists(), "nothing of it is the window's"
    api.answers["change_engine_setting"] = failed = Future[None]()
    failed.set_exception(ProblemError(Problem(code="settings.unwritable")))
    toggle.click()  # type: ignore[attr-defined]
    window.feed.tick()
    assert [problem.code for problem in raised] == ["settings.unwritable"]


def test_a_change_that_the_engine_refuses_is_taken_back_on_the_page(window: MainWindow, api: FakeDesk) -> None:
    raised: list[Problem] = []
    page = SettingsDialog(window.settings, window.feed, lambda name: None, raised.append, window)
    window.feed.tick()
    days = page.fields["keep_raw_days"]
    assert isinstance(days, QSpinBox)
    before, answers = days.value(), [Future[None]() for _ in range(3)]
    for n, answer in enumerate(answers):
        api.answers["change_engine_setting"] = answer
        days.setValue(before + 1 + n)
    refusal = ProblemError(Problem(code="settings.unwritable"))
    answers[0].set_result(None)
    answers[1].set_exception(refusal)
    window.feed.tick()
    assert page.fields["keep_raw_days"].value() == before + 3  # type: ignore[attr-defined]
    answers[2].set_exception(refusal)
    window.feed.tick()
    assert page.fields["keep_raw_days"].value() == before + 1  # type: ignore[attr-defined]
    assert len(raised) == 2


def test_a_refusal_is_told_also_after_the_page_was_closed(window: MainWindow, api: FakeDesk) -> None:
    page = SettingsDialog(window.settings, window.feed, lambda name: None, window.feed.raise_problem, window)
    window.feed.tick()
    api.answers["change_engine_setting"] = answer = Future[None]()
    page.fields["internet"].click()  # type: ignore[attr-defined]
    delete(page)
    answer.set_exception(ProblemError(Problem(code="settings.unwritable")))
    window.feed.tick()
    assert [problem.code for problem in window.feed.problems] == ["settings.unwritable"]


def test_without_an_engine_that_answers_its_settings_cannot_be_changed(window: MainWindow, api: FakeDesk) -> None:
    api.answers["engine_settings"] = gone = Future[object]()
    gone.set_exception(ProblemError(Problem(code="engine.gone")))
    raised: list[Problem] = []
    page = SettingsDialog(window.settings, window.feed, lambda name: None, raised.append, window)
    window.feed.tick()
    assert [problem.code for problem in raised] == ["engine.gone"]
    assert not page.fields["keep_raw_days"].isEnabled()


def test_about_has_a_version_and_nothing_to_cancel(window: MainWindow, qtbot: QtBot) -> None:
    dialog = about_dialog(window)
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert any(text.startswith("Version ") and any(c.isdigit() for c in text) for text in texts)
    (button,) = dialog.findChildren(QPushButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()


def test_one_light_and_one_language_are_marked_in_the_menu(window: MainWindow) -> None:
    def marked(*ids: str) -> list[str]:
        return [id for id in ids if window.actions_by_id[id].isChecked()]

    assert marked("studio", "sky", "day", "night") == ["studio"]
    window.actions_by_id["night"].trigger()
    assert marked("studio", "sky", "day", "night") == ["night"]
    window.actions_by_id["studio"].trigger()
    assert marked("studio", "sky", "day", "night") == ["studio"]
    assert marked("language_en", "language_zh_CN") == ["language_en"]


def test_recent_projects_are_in_the_menu_without_the_open_one(window: MainWindow, tmp_path: Path) -> None:
    there = tmp_path / "cottage.oikos"
    there.write_bytes(b"")
    window.settings.values["recent_projects"] = (window.feed.api.project(), str(there), str(tmp_path / "gone.oikos"))
    window.list_recent()
    assert [(a.text(), a.isEnabled()) for a in window.menus.recent.actions()] == [("cottage", True), ("gone", False)]
    window.menus.recent.actions()[0].trigger()
    assert ("open_project", (str(there),)) in window.feed.api.asked  # type: ignore[attr-defined]
