"""What leaves the window: pictures in the size that was asked for, the building in the format that was chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fake_api import FakeDesk
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QPushButton

from app.view.window import MainWindow
from twin.model.change import ProblemRaised


def test_a_picture_has_the_size_that_was_chosen(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "house.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out.with_suffix("")), ""))
    window.actions_by_id["picture"].trigger()
    sheet = window.effects.exporting.sheet
    assert sheet is not None
    next(button for button in sheet.findChildren(QPushButton) if button.text() == "4K").click()
    assert sheet.size_px == QSize(3840, 2160)
    sheet.height_px.setValue(1000)
    sheet.accept()
    assert QImage(str(out)).size() == QSize(3840, 1000)
    assert window.toast.label.text() == "Saved house.png"


def test_a_picture_that_cannot_be_written_is_a_problem(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], tmp_path: Path
) -> None:
    raised: list[object] = []
    window.feed.changed.connect(raised.append)
    window.effects.exporting.save(str(tmp_path / "nowhere" / "x.png"), QSize(64, 64))
    live(window)
    assert [change.problem.code for change in raised if isinstance(change, ProblemRaised)] == ["picture.unsaved"]


def test_a_picture_is_not_saved_over_a_project(window: MainWindow, live: Callable[..., None], tmp_path: Path) -> None:
    project = tmp_path / "house.oikos"
    project.write_bytes(b"SQLite format 3\x00" + bytes(100))
    before = project.read_bytes()
    (tmp_path / "slip.png").symlink_to(project)
    raised: list[object] = []
    window.feed.changed.connect(raised.append)
    window.effects.exporting.save(str(tmp_path / "slip.png"), QSize(64, 64))
    live(window)
    assert [change.problem.code for change in raised if isinstance(change, ProblemRaised)] == ["write.project"]
    assert project.read_bytes() == before


@pytest.mark.parametrize(
    ("typed", "filter", "name"),
    [("house", "IFC (*.ifc)", "house.ifc"), ("house.glb", "IFC (*.ifc)", "house.glb"), ("a.b", "glTF 2.0 (*.glb)", "a.b.glb")],
)  # fmt: skip
def test_the_building_leaves_in_the_format_of_its_name_or_of_the_filter(
    window: MainWindow,
    api: FakeDesk,
    live: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    filter: str,
    name: str,
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (f"/out/{typed}", filter))
    window.actions_by_id["export"].trigger()
    live(window)
    assert [args for what, args in api.asked if what == "export"] == [(f"/out/{name}",)]
    assert window.toast.label.text() == f"Saved {name}"


def test_a_fine_picture_is_saved_when_it_has_come(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "house.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    wanted: list[Callable[[QImage | None], None]] = []
    monkeypatch.setattr(window.scene, "fine_picture", lambda _w, _h, done: wanted.append(done) or True)
    window.actions_by_id["picture"].trigger()
    sheet = window.effects.exporting.sheet
    assert sheet is not None
    sheet.fine.setChecked(True)
    sheet.accept()
    assert window.toast.label.text() == "The picture is made in the background"
    assert not out.exists()
    wanted[0](QImage(64, 48, QImage.Format.Format_RGB32))
    assert QImage(str(out)).size() == QSize(64, 48)
    assert window.toast.label.text() == "Saved house.png"
    wanted[0](None)
    assert window.toast.label.text() == "No picture: its light was stopped"


def test_a_fine_picture_that_cannot_be_written_is_a_problem_before_its_light_is_made(
    window: MainWindow, live: Callable[..., None], tmp_path: Path
) -> None:
    project = tmp_path / "house.oikos"
    project.write_bytes(b"SQLite format 3\x00" + bytes(100))
    (tmp_path / "slip.png").symlink_to(project)
    raised: list[object] = []
    window.feed.changed.connect(raised.append)
    window.effects.exporting.save_fine(str(tmp_path / "slip.png"), QSize(64, 64))
    live(window)
    assert [change.problem.code for change in raised if isinstance(change, ProblemRaised)] == ["write.project"]
