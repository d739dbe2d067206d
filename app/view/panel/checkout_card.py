"""Card of one device in the checkout: three questions with evidence, note, photo, verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import override

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPixmap
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import in_full, point_title, sentence, tr
from app.view.control.identify_button import offer_identify
from app.view.control.slots import taking
from app.view.control.widgets import ElidedLabel, IconLabel, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_age, format_value
from app.view.panel.panel_base import CardFrame
from app.view.report.checkout_photo import shown_photo
from twin.model.checkout import (
    LONGEST_NOTE,
    Answer,
    CheckoutVerdict,
    DeviceCheckout,
    Evidence,
    Reading,
    evidence,
)
from twin.model.checkout_tally import checkouts_of
from twin.model.device import Device, Point
from twin.model.observation import Quality, decode
from twin.model.problem import Problem
from twin.model.state import State
from twin.model.text import Text

SHOWN_PHOTO_PX = 280
"""Longest side of the photo shown in the card, pixels."""
QUESTIONS = ("seen", "plausible", "right_room")
"""Fields of DeviceCheckout that are answered with yes or no."""
SHOWN_VALUES = 3
_MARKS = {
    CheckoutVerdict.OPEN: ("minus", "faint"),
    CheckoutVerdict.PASSED: ("check", "good"),
    CheckoutVerdict.FAILED: ("cross", "error"),
}


def device_evidence(device: Device, state: State, online: bool | None, now_ms: int) -> Evidence:
    """Evidence about the device from its values in `state`."""
    readings = (
        Reading(point, float(state.value[at]), Quality(int(state.quality[at])), int(state.time_ms[at]))
        for point in device.points
        if (at := state.index(point.id)) is not None
    )
    return evidence(readings, online, now_ms, device.protocol)


def _titles(points: Sequence[Point]) -> str:
    """The titles of the first SHOWN_VALUES points, and how many more there are."""
    titles = [point_title(point.title) for point in points[:SHOWN_VALUES]]
    more = len(points) - SHOWN_VALUES
    return ", ".join([*titles, *([sentence(Text("text.more", n=more))] if more > 0 else [])])


def _verdict_text(verdict: CheckoutVerdict) -> str:
    return {
        CheckoutVerdict.OPEN: tr("Not tested"),
        CheckoutVerdict.PASSED: tr("Passed"),
        CheckoutVerdict.FAILED: tr("Failed"),
    }[verdict]


class QuestionRow(QWidget):
    """One question: title with evidence, and yes and no, of which one or none is pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.found = text_label("", "fact"), text_label("", "faint", wrap=True)
        self.yes, self.no = QPushButton(), QPushButton()
        for button in (self.yes, self.no):
            button.setCheckable(True)
        self.asked = row()
        self.texts = QVBoxLayout()
        self.texts.setSpacing(0)
        self.texts.addWidget(self.title)
        self.texts.addWidget(self.found)
        self.asked.addLayout(self.texts, 1)
        self.asked.addWidget(self.yes)
        self.asked.addWidget(self.no)
        self.setLayout(self.asked)

    def set_texts(self, title: str, device: str) -> None:
        """Sets the question and the names of its buttons for screen readers."""
        self.title.setText(title)
        for button, text in ((self.yes, tr("Yes")), (self.no, tr("No"))):
            button.setText(text)
            button.setAccessibleName(f"{device}: {title}: {text}")

    def show_answer(self, answer: Answer) -> None:
        """Presses the button of the answer."""
        self.yes.setChecked(answer is Answer.YES)
        self.no.setChecked(answer is Answer.NO)

    def show_evidence(self, text: str) -> None:
        """Shows the evidence for this question."""
        self.found.setText(text)
        self.found.setVisible(bool(text))


class CheckoutCard(CardFrame):
    """Every answer is kept at once, as one undo step."""

    photo_chosen = Signal(str)
    """The user chose this picture file as the device's photo."""

    def __init__(self, feed: Feed, device: Device) -> None:
        super().__init__()
        self.feed, self.device = feed, device
        self.result = DeviceCheckout(id=device.id)
        """What is kept, or asked to be kept: a note may still be on its way when a verdict follows."""
        self._asked = 0
        """Number of results on their way to the engine."""
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.mark, self.name, self.state = (
            IconLabel("minus", tone="faint", size=18),
            ElidedLabel("", "paneltitle"),
            text_label("", "faint"),
        )
        self.questions = {name: QuestionRow() for name in QUESTIONS}
        self.blink, self.photo, self.reset = QPushButton(), QPushButton(), QPushButton()
        self.look, self.picture = QPushButton(), text_label()
        self.look.setCheckable(True)
        self._shown = ""
        """SHA-256 of the photo that is shown or on its way; empty for none."""
        self.passed, self.failed, self.note = QPushButton(), QPushButton(), QLineEdit()
        self.reason = text_label("", "reason", wrap=True)
        self.note.setMaxLength(LONGEST_NOTE)
        self._lay_out()
        self._connect()
        self._name_parts()

    def _lay_out(self) -> None:
        head = row(self.mark, self.name, self.state)
        head.setStretch(1, 1)
        self.column.setSpacing(6)
        self.column.addLayout(head)
        for question in self.questions.values():
            self.column.addWidget(question)
        self.questions["right_room"].texts.addWidget(self.blink, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addWidget(self.note)
        self.column.addLayout(row(self.passed, self.failed, 1, self.reset, self.photo))
        self.column.addLayout(row(self.look, 1))
        self.column.addWidget(self.picture)
        self.picture.hide()
        self.column.addWidget(self.reason)
        self.reason.hide()

    def _connect(self) -> None:
        for name, question in self.questions.items():
            question.yes.clicked.connect(taking(bool, lambda on, name=name: self._press(name, Answer.YES, on)))
            question.no.clicked.connect(taking(bool, lambda on, name=name: self._press(name, Answer.NO, on)))
        self.blink.clicked.connect(self._identify)
        self.note.editingFinished.connect(self._note)
        self.photo.clicked.connect(self._choose_photo)
        self.look.clicked.connect(lambda: self._show_photo())
        self.passed.clicked.connect(lambda: self._judge(CheckoutVerdict.PASSED))
        self.failed.clicked.connect(lambda: self._judge(CheckoutVerdict.FAILED))
        self.reset.clicked.connect(lambda: self._forget())

    def _name_parts(self) -> None:
        name = self.device.name
        for field, title in zip(QUESTIONS, (tr("Seen"), tr("Plausible"), tr("In the right room")), strict=True):
            self.questions[field].set_texts(title, name)
        self.note.setPlaceholderText(tr("Note"))
        self.note.setAccessibleName(f"{tr('Note')}: {name}")
        for button, text in (
            (self.blink, tr("Blink")), (self.photo, tr("Photo…")), (self.reset, tr("Reset")), (self.look, tr("Show photo")),
            (self.passed, tr("Passed")), (self.failed, tr("Failed")),
        ):  # fmt: skip
            button.setText(text)
            button.setAccessibleName(f"{text}: {name}")

    def show_result(self, device: Device, result: DeviceCheckout | None) -> None:
        """Shows a device with its result; a note that is being typed is kept."""
        if device.name != self.device.name:
            self.device = device
            self._name_parts()
        self.device = device
        if not self._asked:
            self.result = result or DeviceCheckout(id=device.id)
        self.name.setText(device.name)
        again = self.result.verdict is not CheckoutVerdict.OPEN and not self.result.tests(device)
        self.mark.set_icon(*_MARKS[CheckoutVerdict.OPEN if again else self.result.verdict])
        self.state.setText(self._why_again() if again else _verdict_text(self.result.verdict))
        self.setAccessibleName(f"{device.name}: {self.state.text()}")
        if not self.note.hasFocus():
            self.note.setText(self.result.note)
        offer_identify(self.blink, (device,))
        self.photo.setText(tr("Photo ✓") if self.result.photo else tr("Photo…"))
        self.reset.setVisible(not self.result.is_blank)
        self.look.setVisible(bool(self.result.photo))
        self._show_photo()
        self.show_evidence()

    def _why_again(self) -> str:
        other = self.result.tested_other(self.device)
        return tr("Replaced since it was tested") if other else tr("Moved since it was tested")

    def show_evidence(self) -> None:
        """Shows the evidence of the present values, and whether the device may pass."""
        found = self._evidence()
        answers = self.result.continued(self.device).completed(found)
        for name, question in self.questions.items():
            question.show_answer(getattr(answers, name))
        self.questions["seen"].show_evidence(self._seen(found))
        self.questions["plausible"].show_evidence(self._values(found))
        room = self.feed.twin.room_of.get(self.device.room) if self.device.room else None
        self.questions["right_room"].show_evidence(room.title if room else tr("In no room"))
        self.passed.setEnabled(answers.may_pass)

    def _evidence(self) -> Evidence:
        online = None if self.device.id in self.feed.assumed else self.feed.online.get(self.device.id)
        return device_evidence(self.device, self.feed.live, online, self.feed.api.now_ms())

    def _seen(self, found: Evidence) -> str:
        if found.seen is Answer.NO:
            return tr("It is offline.")
        return format_age(found.last_ms, self.feed.api.now_ms()) if found.last_ms else tr("It has not reported yet.")

    def _values(self, found: Evidence) -> str:
        if found.odd:
            return tr(
                "Not plausible: {points}",
                points=_titles(found.odd),
            )
        values = ", ".join(self._shown_values()[:SHOWN_VALUES])
        if not found.unmeasured:
            return values
        absent = tr(
            "Not measured by it: {points}",
            points=_titles(found.unmeasured),
        )
        return f"{values}\n{absent}" if values else absent

    def _shown_values(self) -> list[str]:
        state, strings = self.feed.live, self.feed.strings
        there = [(point, at) for point in self.device.points if (at := state.index(point.id)) is not None]
        return [
            format_value(point, decode(point, float(state.value[at]), strings))
            for point, at in there
            if state.quality[at] <= Quality.STALE
        ]

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.feed.selection.pick_device(self.device.id)

    def _identify(self) -> None:
        if point := self.device.point("identify"):
            self.feed.order(point.id, "identify")

    def _press(self, name: str, answer: Answer, on: bool) -> None:
        """Takes a click: on an answer that the user gave it takes that back, on one that only the values gave it confirms it."""
        taken_back = not on and getattr(self.result.continued(self.device), name) is answer
        self._answer(name, Answer.OPEN if taken_back else answer)

    def _answer(self, name: str, answer: Answer) -> None:
        made = replace(self.result.continued(self.device), time_ms=0, **{name: answer})
        if made.verdict is CheckoutVerdict.PASSED and not made.may_pass:
            made = replace(made, verdict=CheckoutVerdict.OPEN)
        self._keep(made)

    def _judge(self, verdict: CheckoutVerdict) -> None:
        made = self.result.continued(self.device).completed(self._evidence())
        self._keep(replace(made, verdict=verdict, time_ms=0))

    def _note(self) -> None:
        if self.note.text().strip() != self.result.note:
            self._keep(self.result)

    def _forget(self) -> None:
        self.note.clear()
        self._keep(DeviceCheckout(id=self.device.id))

    def _keep(self, result: DeviceCheckout, photo: bytes = b"") -> None:
        self.reason.hide()
        self.result = result = replace(result.continued(self.device), note=self.note.text().strip())
        self._asked += 1
        self.show_evidence()
        photos = {result.photo: photo} if photo else {}
        self.feed.when(self.feed.api.check_out([result], photos), self._kept, self._refused)

    def _kept(self, _: None) -> None:
        self._asked -= 1
        self.show_result(self.device, self.result)

    def _refused(self, problem: Problem) -> None:
        self._asked -= 1
        self.show_result(self.device, checkouts_of(self.feed.twin).get(self.device.id))
        self.show_problem(problem)

    def _choose_photo(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self.window(), tr("Photo"), "", f"{tr('Pictures')} (*.jpg *.jpeg *.png *.webp)"
        )
        if path:
            self.photo_chosen.emit(path)

    def keep_photo(self, sha256: str, data: bytes) -> None:
        """Keeps a photo, JPEG or PNG, as the device's."""
        self._keep(replace(self.result, photo=sha256), data)

    def show_problem(self, problem: Problem) -> None:
        """Shows why something was not kept, or cannot be shown."""
        self.reason.setText(in_full(problem))
        self.reason.show()

    def _show_photo(self) -> None:
        """Shows the kept photo while its button is pressed; it is read on another thread."""
        wanted = self.result.photo if self.look.isChecked() else ""
        if wanted == self._shown:
            return
        self._shown = wanted
        self.picture.hide()
        if wanted:
            self.feed.when(
                self.feed.api.checkout_photo(wanted), lambda data: self._decode(wanted, data), self.show_problem
            )

    def _decode(self, wanted: str, data: bytes | None) -> None:
        longest_px = round(SHOWN_PHOTO_PX * self.devicePixelRatioF())
        self.feed.when(
            self.feed.api.compute(lambda: shown_photo(data or b"", longest_px)),
            lambda image: self._set_picture(wanted, image),
            self.show_problem,
        )

    def _set_picture(self, wanted: str, image: QImage) -> None:
        if wanted != self._shown:
            return
        if image.isNull():
            self.show_problem(Problem(code="checkout.no_photo"))
            return
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        self.picture.setPixmap(pixmap)
        self.picture.setAccessibleName(f"{tr('Photo')}: {self.device.name}")
        self.picture.show()
