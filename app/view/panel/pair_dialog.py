"""Pairing dialog: checks the code while typing, shows the stages and failures, then asks for the room."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import override

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.i18n import in_full, remedy, tr, what
from app.view.control.identify_button import identify_points, offer_identify
from app.view.control.widgets import IconButton, IconLabel, row, text_label
from app.view.feed import Feed
from app.view.label.camera_dialog import CameraDialog
from app.view.label.label_picture import SUFFIXES, LabelSource, label_source, read_label
from app.view.panel.installation_spots import spots
from app.view.panel.panel_base import CardFrame, clear
from app.view.panel.stage_line import StageLine
from twin.model.candidate import CommissioningStage, StageState
from twin.model.change import Change, CommissioningStageChanged
from twin.model.device import Device
from twin.model.ids import PlaceholderId, RoomId
from twin.model.problem import Problem

CHECK_MS = 150
MOST_SPOTS = 200
"""Most rooms and places that are listed at once; the search finds the others."""
MAX_CODE = 1024
"""Maximum length of a code in characters; a web address can contain it."""
CODE, STAGES, ROOM = range(3)
"""Indices of the pages."""


ROOM_ROLE, PLACE_ROLE = 0x0100, 0x0101


class PairDialog(QDialog):
    """Dialog of three pages: code, stages, room."""

    paired = Signal(object)

    def __init__(self, feed: Feed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.feed = feed
        self.setWindowTitle(tr("Pair with a code"))
        self.setMinimumWidth(460)
        self.stages: dict[str, StageLine] = {}
        self.devices: tuple[Device, ...] = ()
        self._running = self._begins = False
        self.wanted: PlaceholderId | None = None
        """The planned place for which a device is paired; it is proposed first."""
        self._spots: list[tuple[str, RoomId, PlaceholderId | None]] = []
        self.pages = QStackedWidget()
        for page in (self._code_page(), self._stage_page(), self._room_page()):
            self.pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.addWidget(self.pages)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # else Enter presses whichever comes first: Cancel
        feed.changed.connect(self._changed)
        feed.slow.connect(self._beat)
        self._turn_to(CODE, self.code)

    def _turn_to(self, page: int, focus: QWidget | None = None) -> None:
        """Shows a page and makes its main button the default."""
        self.pages.setCurrentIndex(page)
        (self.start, self.again, self.place)[page].setDefault(True)
        if focus is not None:
            focus.setFocus()

    def _code_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(text_label(tr("Type or paste the pairing code"), "heading"))
        where = tr("The eleven digits beside the QR code, or the text of the QR code (MT:…).")
        column.addWidget(text_label(where, "muted", wrap=True))
        self.code, paste = QLineEdit(), IconButton("copy", tr("Paste"))
        self.code.setPlaceholderText("3497-011-2332")
        self.code.setAccessibleName(tr("Pairing code"))
        self.code.setMaxLength(MAX_CODE)
        paste.clicked.connect(self._paste)
        self.code.installEventFilter(self)
        self.setAcceptDrops(True)
        column.addLayout(row(self.code, paste))
        self._add_pictures(column)
        self.verdict = text_label("", "reason", wrap=True)
        self.verdict.setMinimumHeight(34)
        self.verdict.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.verdict)
        column.addStretch(1)
        cancel, self.start = QPushButton(tr("Cancel")), QPushButton(tr("Pair"))
        self.start.setObjectName("primary")
        self.start.setEnabled(False)
        cancel.clicked.connect(self.reject)
        self.start.clicked.connect(self.begin)
        column.addLayout(row(1, cancel, self.start))
        self._check_timer = QTimer(self)
        self._check_timer.setSingleShot(True)
        self._check_timer.setInterval(CHECK_MS)
        self._check_timer.timeout.connect(self.check)
        self.code.textChanged.connect(self._typed)
        self.code.returnPressed.connect(self.begin)
        return page

    def _add_pictures(self, column: QVBoxLayout) -> None:
        self.picture, self.camera = QPushButton(tr("Photo of the label…")), QPushButton(tr("Use the camera…"))
        self.picture.clicked.connect(self._choose_picture)
        self.camera.clicked.connect(self._open_camera)
        column.addLayout(row(self.picture, self.camera, 1))
        ways = tr("A photo may be dropped here, too, or a screenshot pasted.")
        column.addWidget(text_label(ways, "faint", wrap=True))

    def _stage_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.progress_title = text_label(tr("Pairing"), "heading")
        column.addWidget(self.progress_title)
        self.scene_column = QVBoxLayout()
        self.scene_column.setSpacing(8)
        card = CardFrame()
        card.column.addLayout(self.scene_column)
        column.addWidget(card)
        self.failure = CardFrame()
        self.failure.setProperty("level", "error")
        self.what, self.remedy, self.detail = (
            text_label("", "paneltitle", wrap=True),
            text_label("", "muted", wrap=True),
            text_label("", "faint", wrap=True),
        )
        for label in (self.what, self.remedy, self.detail):
            self.failure.column.addWidget(label)
        self.failure.hide()
        column.addWidget(self.failure)
        column.addStretch(1)
        self.again, self.close_button = QPushButton(tr("Try again")), QPushButton(tr("Hide"))
        self.again.setObjectName("primary")
        self.again.clicked.connect(self.restart)
        self.close_button.clicked.connect(self.reject)
        column.addLayout(row(1, self.close_button, self.again))
        return page

    def _room_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.done_title = text_label("", "heading", wrap=True)
        head = QHBoxLayout()
        head.addWidget(IconLabel("check", tone="good", size=24))
        head.addWidget(self.done_title, 1)
        column.addLayout(head)
        column.addWidget(text_label(tr("Where is it?"), "muted"))
        self.filter, self.rooms = QLineEdit(), QListWidget()
        self.filter.setPlaceholderText(tr("Search rooms"))
        self.filter.setAccessibleName(tr("Search rooms"))
        self.rooms.setAccessibleName(tr("Rooms"))
        self.filter.textChanged.connect(self._fill_rooms)
        self.filter.returnPressed.connect(self._place)
        self.rooms.itemActivated.connect(self._place)
        self.rooms.setMinimumHeight(190)
        column.addWidget(self.filter)
        column.addWidget(self.rooms)
        later, self.place, self.blink = QPushButton(tr("Later")), QPushButton(tr("Put here")), QPushButton(tr("Blink"))
        self.place.setObjectName("primary")
        later.clicked.connect(self.accept)
        self.place.clicked.connect(self._place)
        self.blink.clicked.connect(self._identify)
        next_one = QPushButton(tr("Put here, next device"))
        next_one.clicked.connect(self._place_and_next)
        column.addLayout(row(self.blink, 1, later, next_one, self.place))
        return page

    def _typed(self) -> None:
        self._begins = False
        self.start.setEnabled(False)
        self._check_timer.start()

    def check(self) -> None:
        """Asks the engine whether the typed code is valid; uses no radio."""
        if code := self.code.text().strip():
            judged = partial(self._show_verdict, code)
            self.feed.when(self.feed.api.check_code(code), judged, judged)
        else:
            self._show_verdict("", None)

    def _show_verdict(self, code: str, wrong: Problem | None) -> None:
        if code != self.code.text().strip():
            return  # it was typed on meanwhile
        said = in_full(wrong) if wrong else tr("The code is complete.") if code else ""
        digits = code.replace("-", "").replace(" ", "")
        unfinished = digits.isdecimal() and len(digits) < 11  # not yet wrong
        self._tell(said, "muted" if unfinished else "reason" if wrong else "good")
        self.start.setEnabled(bool(code) and wrong is None)
        if self._begins:
            self._begins = False
            self._pair()

    def begin(self) -> None:
        """Starts commissioning once the code has been checked."""
        if self._running or self._begins:
            return
        self._check_timer.stop()
        self._begins = True
        self.check()

    def _pair(self) -> None:
        if not self.start.isEnabled():
            self.code.setFocus()
            return
        self._running = True
        self.failure.hide()
        self.again.hide()
        self.stages.clear()
        clear(self.scene_column)
        self.progress_title.setText(tr("Pairing"))
        self._turn_to(STAGES)
        self.feed.when(self.feed.api.pair(self.code.text().strip()), self._done, self._failed)

    def restart(self) -> None:
        """Returns to the page with the code."""
        self._turn_to(CODE, self.code)
        self.code.selectAll()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self.feed.changed.disconnect(self._changed)
        self.feed.slow.disconnect(self._beat)
        super().closeEvent(event)

    def _paste(self) -> None:
        if not self._paste_picture():
            self.code.setText(QGuiApplication.clipboard().text().strip()[:MAX_CODE])

    def _paste_picture(self) -> bool:
        source = label_source(QGuiApplication.clipboard().mimeData())
        if source is not None:
            self.read_picture(source)
        return source is not None

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            pasted = event.matches(QKeySequence.StandardKey.Paste) and self._paste_picture()
            return pasted or super().eventFilter(watched, event)
        return super().eventFilter(watched, event)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if label_source(event.mimeData()) is not None:
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        if (source := label_source(event.mimeData())) is not None:
            event.acceptProposedAction()
            self.read_picture(source)

    def _choose_picture(self) -> None:
        endings = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        path, _ = QFileDialog.getOpenFileName(self, tr("Photo of the label…"), "", f"{tr('Pictures')} ({endings})")
        if path:
            self.read_picture(path)

    def _open_camera(self) -> None:
        dialog = CameraDialog(self.feed, self)
        dialog.read.connect(self._label_read)
        dialog.finished.connect(dialog.deleteLater)
        self.finished.connect(dialog.reject)
        dialog.open()

    def read_picture(self, source: LabelSource) -> None:
        """Reads the code on a picture on another thread, and judges it; uses no radio."""
        if self._running:
            return
        self.restart()
        self._begins = False
        self.picture.setEnabled(False)
        self._tell(tr("Reading the picture…"), "muted")
        self.feed.when(self.feed.api.compute(partial(read_label, source)), self._label_read, self._label_failed)

    def _label_read(self, text: str) -> None:
        self.picture.setEnabled(True)
        self.code.setFocus()
        self.code.setText(text[:MAX_CODE])
        self._check_timer.stop()
        self.check()

    def _label_failed(self, problem: Problem) -> None:
        self.picture.setEnabled(True)
        self._tell(in_full(problem), "reason")

    def _tell(self, text: str, style: str) -> None:
        self.verdict.setText(text)
        self.verdict.setObjectName(style)
        self.verdict.style().polish(self.verdict)

    def _changed(self, change: Change) -> None:
        if isinstance(change, CommissioningStageChanged) and self._running:
            self.show_stage(change.stage)

    def show_stage(self, stage: CommissioningStage) -> None:
        """Adds the line of a stage, or updates it."""
        if stage.stage in self.stages:
            self.stages[stage.stage].show_stage(stage)
            return
        self.stages[stage.stage] = StageLine(stage)
        self.scene_column.addWidget(self.stages[stage.stage])

    def _beat(self) -> None:
        for line in self.stages.values():
            line.beat()

    def _failed(self, problem: Problem) -> None:
        self._running = False
        for line in self.stages.values():
            if line.stage.state is StageState.STARTED:
                line.show_stage(
                    CommissioningStage(
                        stage=line.stage.stage,
                        title=line.stage.title,
                        state=StageState.FAILED,
                        seconds=line.stage.seconds,
                    )
                )
        self.progress_title.setText(tr("Pairing did not work"))
        self.what.setText(what(problem))
        self.remedy.setText(remedy(problem))
        self.detail.setText(problem.detail)
        self.detail.setVisible(bool(problem.detail))
        self.failure.show()
        self.again.show()
        self.again.setFocus()

    def _done(self, devices: tuple[Device, ...]) -> None:
        self._running = False
        self.devices = devices
        self.paired.emit(devices)
        names = ", ".join(device.name for device in devices)
        self.done_title.setText(tr("{name} is in.", name=names) if names else tr("Paired."))
        offer_identify(self.blink, devices)
        self._turn_to(ROOM, self.filter)
        self._spots = spots(self.feed.twin, self.feed.selection.state.room, self.wanted)
        self._fill_rooms()

    def _fill_rooms(self) -> None:
        self.rooms.clear()
        wanted = self.filter.text().casefold().strip()
        for title, room, place in islice((one for one in self._spots if wanted in one[0].casefold()), MOST_SPOTS):
            item = QListWidgetItem(title)
            item.setData(ROOM_ROLE, room)
            item.setData(PLACE_ROLE, place)
            self.rooms.addItem(item)
        self.rooms.setCurrentRow(0)

    def _place(self) -> None:
        self._bind()
        self.accept()

    def _place_and_next(self) -> None:
        self._bind()
        self.code.clear()
        self.restart()

    def _bind(self) -> None:
        item = self.rooms.currentItem()
        if item is None:  # pyright: ignore[reportUnnecessaryComparison]
            return
        place, room = item.data(PLACE_ROLE), RoomId(item.data(ROOM_ROLE))
        api, devices = self.feed.api, self.devices
        if place and devices:
            first, *others = (device.id for device in devices)
            self.feed.when(api.take_place(first, PlaceholderId(place), tuple(others)), lambda _: None)
        elif len(devices) == 1:
            self.feed.when(api.bind(devices[0].id, room), lambda _: None)
        elif devices:
            self.feed.when(api.bind_all({device.id: room for device in devices}), lambda _: None)
        self.wanted = None

    def _identify(self) -> None:
        for point in identify_points(self.devices):
            self.feed.order(point.id, "identify")
