"""The popover of kept views."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QWidget

from app.view.panel.viewpoints import ViewpointsPopover
from app.view.scene.camera.camera import CameraPose
from app.view.scene.tools.viewpoint import Viewpoint


def test_it_shows_names_with_their_keys_and_tells_what_is_wanted(qapp: QApplication) -> None:
    parent = QWidget()
    panel = ViewpointsPopover(parent)
    told: list[object] = []
    panel.flown.connect(told.append)
    panel.removed.connect(lambda at: told.append(("away", at)))
    panel.kept.connect(told.append)
    panel.show_points([Viewpoint(name=f"View {n}", pose=CameraPose(), thumbnail="no picture") for n in range(11)])
    assert panel.list.item(0).text() == "1   View 0"
    assert panel.list.item(10).text() == "View 10"
    panel.list.itemClicked.emit(panel.list.item(4))
    panel.list.setCurrentRow(2)
    panel.remove.click()
    panel.name.setText("Terrace")
    panel.keep.click()
    assert told == [4, ("away", 2), "Terrace"]
    assert panel.name.text() == ""
    parent.deleteLater()


def test_without_views_it_says_what_it_is_for(qapp: QApplication) -> None:
    parent = QWidget()
    panel = ViewpointsPopover(parent)
    panel.show_points([])
    assert panel.list.isHidden()
    assert not panel.empty.isHidden()
    assert not panel.remove.isEnabled()
    parent.deleteLater()
