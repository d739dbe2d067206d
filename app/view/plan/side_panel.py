"""Side panel of the plan editor: storeys and backdrop."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QFileDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.view.control.form_fields import WholeNumberBox
from app.view.control.safe_text import entry, set_tip
from app.view.control.slots import taking
from app.view.control.widgets import IconButton, row, text_label
from app.view.plan import backdrop_image
from app.view.plan.backdrop_image import TracedPicture
from app.view.plan.dimension_text import round_metres
from app.view.plan.plan_draft import PlanDraft
from app.view.plan.property_strip import LengthEdit
from twin.model import storey_edits
from twin.model.document_page import DocumentPage
from twin.model.drawing import HEIGHT_M, Backdrop, Spot
from twin.model.problem import Problem, ProblemError

WIDTH_PX = 208
MOST_LAYERS = 60


class StoreyList(QWidget):
    """List of the storeys, highest first, with name and height of the current one."""

    def __init__(self, draft: PlanDraft) -> None:
        super().__init__()
        self.draft = draft
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Storeys"))
        self.list.setFixedHeight(132)
        self.list.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # letters stay keys of the tools after a click
        self.name = QLineEdit()
        self.name.setMaxLength(64)
        self.name.setAccessibleName(tr("Name of the storey"))
        self.high = LengthEdit(tr("Height"), low=HEIGHT_M[0], high=HEIGHT_M[1])
        self.add = IconButton("add", tr("Add an empty storey on top"))
        self.copy = IconButton("copy", tr("Add a storey with the walls of the one below"))
        self.drop = IconButton("remove", tr("Delete this storey"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row(text_label(tr("STOREYS"), "section"), 1, self.add, self.copy, self.drop, spacing=0))
        column.addWidget(self.list)
        column.addWidget(self.name)
        column.addLayout(row(text_label(tr("Height"), "muted"), 1, self.high))
        self.list.currentRowChanged.connect(self._go)
        self.name.editingFinished.connect(self._rename)
        self.high.given.connect(self._heighten)
        self.add.clicked.connect(lambda: self._grow(copy=False))
        self.copy.clicked.connect(lambda: self._grow(copy=True))
        self.drop.clicked.connect(self._remove)
        draft.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Updates the list and fields from the draft."""
        storeys = self.draft.drawing.storeys[::-1]
        lines = [
            f"{storey.name}  ·  {round_metres(storey.elevation_m)}" if storey.elevation_m else storey.name
            for storey in storeys
        ]
        with QSignalBlocker(self.list):
            if lines != [self.list.item(i).text() for i in range(self.list.count())]:
                self.list.clear()
                for line in lines:
                    self.list.addItem(QListWidgetItem(line))
            self.list.setCurrentRow([storey.id for storey in storeys].index(self.draft.storey.id))
        if not self.name.hasFocus():
            self.name.setText(self.draft.storey.name)
        self.high.show_metres(self.draft.storey.height_m)
        self.drop.setEnabled(len(storeys) > 1)

    def _go(self, line: int) -> None:
        storeys = self.draft.drawing.storeys[::-1]
        if 0 <= line < len(storeys):
            self.draft.show_storey(storeys[line].id)

    def _rename(self) -> None:
        name, id = self.name.text(), self.draft.front
        if name.strip() and name != self.draft.storey.name:
            self.draft.edit_all(lambda drawing: storey_edits.set_storey(drawing, id, name=name))

    def _heighten(self, high: float) -> None:
        id = self.draft.front
        self.draft.edit_all(lambda drawing: storey_edits.set_storey(drawing, id, height_m=high))
        self.refresh()

    def _grow(self, *, copy: bool) -> None:
        n = len(self.draft.drawing.storeys)
        name = tr("Floor {number}", number=n) if n > 1 else tr("Upper floor")
        new = 1 + max(storey.id for storey in self.draft.drawing.storeys)
        self.draft.edit_all(lambda drawing: storey_edits.add_storey(drawing, name, copy=copy), front=new)

    def _remove(self) -> None:
        id = self.draft.front
        self.draft.edit_all(lambda drawing: storey_edits.remove_storey(drawing, id))


class BackdropPanel(QWidget):
    """Controls of the backdrop: file, page, layers, opacity, scale and position."""

    scale_wanted = Signal()
    move_wanted = Signal()
    page_wanted = Signal(str, int, object)
    """Page wanted: file path, page number (from 0), hidden DXF layers; answered by `show_page` or `refuse`."""
    brought = Signal()
    """Another backdrop was loaded."""

    def __init__(self, draft: PlanDraft) -> None:
        super().__init__()
        self.draft = draft
        self.middle: Spot = (0.0, 0.0)
        self.images: dict[str, QImage] = {}
        """Decoded pictures by SHA-256."""
        self.corners: dict[str, NDArray[np.float32]] = {}
        """Corner points of backdrop drawings to snap to, by SHA-256: (k, 2) pixels."""
        self.unit = ""
        """Assumed unit of the drawing loaded last; empty for pictures."""
        self._path = self._laid = ""
        self._without: set[str] = set()
        self.open = QPushButton(tr("Picture, PDF or DXF…"))
        self.layers = QPushButton(tr("Layers…"))
        self.layers.setMenu(QMenu(self.layers))
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(5, 100)
        self.opacity.setAccessibleName(tr("Strength of the picture"))
        self.page = WholeNumberBox()
        self.page.setAccessibleName(tr("Page"))
        self.scale, self.move_it = QPushButton(tr("Set scale…")), QPushButton(tr("Move"))
        set_tip(self.scale, tr("Click two points, then type how far apart they are"))
        self.drop = IconButton("remove", tr("Take the picture away"))
        self._tools = QWidget()
        self._page_row = QWidget()
        self._lay_out()
        self.open.clicked.connect(self._choose)
        self.opacity.valueChanged.connect(self._fade)
        self.opacity.sliderReleased.connect(draft.commit)
        self.page.valueChanged.connect(taking(int, lambda number: self.page_wanted.emit(self._path, number - 1, ())))
        self.scale.clicked.connect(self.scale_wanted)
        self.move_it.clicked.connect(self.move_wanted)
        self.drop.clicked.connect(lambda: draft.edit(lambda storey: replace(storey, backdrop=None)))
        draft.changed.connect(self.refresh)
        self.refresh()

    def _lay_out(self) -> None:
        column, inside = QVBoxLayout(self), QVBoxLayout(self._tools)
        line = row(text_label(tr("Page"), "muted"), 1, self.page)
        self._page_row.setLayout(line)
        for box in (column, inside):
            box.setContentsMargins(0, 0, 0, 0)
            box.setSpacing(8)
        column.addLayout(row(text_label(tr("PICTURE TO TRACE"), "section"), 1, self.drop, spacing=0))
        column.addWidget(self.open)
        column.addWidget(self._tools)
        inside.addWidget(self._page_row)
        inside.addWidget(self.layers)
        inside.addWidget(self.opacity)
        inside.addLayout(row(self.scale, self.move_it, 1))

    def refresh(self) -> None:
        """Updates the controls from the draft."""
        back = self.draft.storey.backdrop
        self._tools.setVisible(back is not None)
        self.drop.setVisible(back is not None)
        self._page_row.setVisible(bool(self._path) and self.page.maximum() > 1)
        self.layers.setVisible(bool(self._path) and not self.layers.menu().isEmpty())
        if back is not None and not self.opacity.isSliderDown():
            with QSignalBlocker(self.opacity):
                self.opacity.setValue(round(back.opacity * 100))

    def image(self, sha256: str) -> QImage:
        """The stored picture with this SHA-256; an empty image if missing or damaged."""
        if sha256 not in self.images:
            data = self.draft.pictures.get(sha256, b"")
            self.images[sha256] = backdrop_image.image_of(data) if data else QImage()
        return self.images[sha256]

    def load_backdrop(self, path: str) -> None:
        """Loads a backdrop file; for a PDF or DXF, requests its first page."""
        self._without.clear()
        self.layers.menu().clear()
        if backdrop_image.is_document(path):
            self._path = path
            self.page_wanted.emit(path, 0, ())
            return
        self._path = self.unit = ""
        try:
            self._lay(backdrop_image.read(path))
        except ProblemError as error:
            self.draft.refused.emit(error.problems[0])

    def show_page(self, page: DocumentPage) -> None:
        """Shows the requested page as backdrop."""
        with QSignalBlocker(self.page):
            self.page.setRange(1, page.pages)
        if self.layers.menu().isEmpty():
            self._list_layers(page.layers)
        traced, self.unit = backdrop_image.from_page(page), page.unit
        self.corners[traced.sha256] = page.corners
        self._lay(traced)

    def refuse(self, problem: Problem) -> None:
        """Reports that the requested page cannot be shown."""
        self._path = ""
        self.draft.refused.emit(problem)

    def _layer_toggled(self, name: str, on: bool) -> None:
        self._show_layer(name, on=on)

    def _list_layers(self, names: tuple[str, ...]) -> None:
        for name in names[:MOST_LAYERS]:
            action = self.layers.menu().addAction(entry(name.rpartition("$")[2]))  # of a bound reference
            action.setCheckable(True)
            action.setChecked(True)
            action.toggled.connect(partial(self._layer_toggled, name))

    def _show_layer(self, name: str, *, on: bool) -> None:
        (self._without.discard if on else self._without.add)(name)
        self.page_wanted.emit(self._path, 0, tuple(sorted(self._without)))

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self,
            tr("Picture to trace"),
            "",
            f"{tr('Pictures, PDF and DXF')} ({backdrop_image.FILES});;{tr('All files')} (*)",
        )
        if path:
            self.load_backdrop(path)

    def _lay(self, traced: TracedPicture) -> None:
        self.draft.trace(traced.sha256, traced.data)
        self.images[traced.sha256] = traced.image
        old = self.draft.storey.backdrop
        wide, high = traced.image.width(), traced.image.height()
        # a page of the same size is taken for another of the same plan; a drawing that has a scale of its own is not
        same = old is not None and old.size_px == (wide, high) and (not self.unit or self._path == self._laid)
        self._laid = self._path
        x, y = self.middle
        origin = (round(x - wide * traced.m_per_px / 2, 4), round(y + high * traced.m_per_px / 2, 4))
        new = Backdrop(
            picture=traced.sha256,
            size_px=(wide, high),
            m_per_px=old.m_per_px if old and same else traced.m_per_px,
            origin=old.origin if old and same else origin,
            opacity=old.opacity if old else 0.5,
        )
        self.draft.edit(lambda storey: replace(storey, backdrop=new))
        self.brought.emit()

    def _fade(self, value: int) -> None:
        back = self.draft.storey.backdrop
        if back is None:
            return
        self.draft.preview(lambda storey: replace(storey, backdrop=replace(back, opacity=value / 100)))
        if not self.opacity.isSliderDown():
            self.draft.commit()
