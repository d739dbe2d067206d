"""The central pages of the window: welcome page, 3D view with time slider, page of a project that is being opened;
notifications are shown above all of them."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.settings import Settings
from app.view.feed import Feed
from app.view.panel.alarm_bar import AlarmBar
from app.view.panel.approval_bar import ApprovalBar
from app.view.panel.opening_page import OpeningPage, OpeningStrip
from app.view.panel.panel_base import Panel
from app.view.panel.pick_bar import PickBar
from app.view.panel.prompts import Toast
from app.view.panel.timeline import TimelinePanel
from app.view.panel.welcome import WelcomePage


class CentralPages(QStackedWidget):
    """Stack of the central pages; the scene page shows an empty canvas until the 3D view exists."""

    def __init__(self, feed: Feed, settings: Settings) -> None:
        super().__init__()
        self.welcome, self.opening = WelcomePage(feed, settings), OpeningPage(feed)
        self.strip, self.timeline = OpeningStrip(feed), TimelinePanel(feed)
        self.alarm_bar, self.approvals, self.pick_bar = AlarmBar(feed), ApprovalBar(feed), PickBar(feed)
        self.panels: dict[str, Panel] = {
            "welcome": self.welcome,
            "opening": self.opening,
            "strip": self.strip,
            "timeline": self.timeline,
            "alarm_bar": self.alarm_bar,
            "approvals": self.approvals,
            "pick_bar": self.pick_bar,
        }
        self.scene_page, self.canvas = QWidget(), QWidget()
        self.canvas.setObjectName("canvas")
        self.canvas.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(self.scene_page)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.alarm_bar)
        self._column.addWidget(self.approvals)
        self._column.addWidget(self.pick_bar)
        self._column.addWidget(self.canvas, 1)
        self._column.addWidget(self.strip)
        self._column.addWidget(self.timeline)
        for page in (self.welcome, self.scene_page, self.opening):
            self.addWidget(page)
        self.toast = Toast(self, self._bottom_px)

    def add_page(self, name: str, page: Panel) -> None:
        """Adds a page that was made later."""
        self.panels[name] = page
        self.addWidget(page)
        self.toast.raise_()

    def add_scene(self, view: QWidget) -> None:
        """Adds the 3D view to the scene page, hidden."""
        self._column.insertWidget(self._column.indexOf(self.canvas), view, 1)
        view.hide()

    def show_scene(self, view: QWidget) -> None:
        """Shows the 3D view in place of the empty canvas."""
        self.canvas.hide()
        view.show()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.toast.place_again()

    def _bottom_px(self) -> int:
        """The y position above which a notification covers no control of the page."""
        bars = (self.strip, self.timeline) if self.currentWidget() is self.scene_page else ()
        return min((bar.y() for bar in bars if bar.isVisibleTo(self.scene_page)), default=self.height())

    @property
    def is_bare(self) -> bool:
        """Whether the empty canvas is shown in place of the 3D view."""
        return self.canvas.isVisibleTo(self.scene_page)
