"""Codes from anywhere: photos and screenshots of labels, and typed ones, get the right verdict before any radio is used."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
from fake_api import FakeDesk
from label_pictures import (
    MANUAL,
    OTHER_QR,
    QR,
    barcode,
    blurred,
    inverted,
    label,
    leaning,
    noisy,
    photo,
    shaded,
    small,
    turned,
)
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage, QImageReader
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from turns import run_turns

from app.engine.commissioning import commissioning
from app.view.actions.label_drops import LabelDrops
from app.view.label import label_picture
from app.view.label.label_picture import BAND_PX, label_source, read_label
from app.view.panel.pair_dialog import PairDialog
from app.view.window import MainWindow
from devices.protocol_registry import found_adapters
from twin.model.problem import ProblemError

PICTURES: dict[str, tuple[Callable[[], QImage], str]] = {
    "plain": (lambda: label(barcode(QR)), QR),
    "turned by 90": (lambda: turned(label(barcode(QR)), 90), QR),
    "turned by 180": (lambda: turned(label(barcode(QR)), 180), QR),
    "turned by 23": (lambda: turned(label(barcode(QR)), 23), QR),
    "turned by 45": (lambda: turned(label(barcode(QR)), 45), QR),
    "turned by 301": (lambda: turned(label(barcode(QR)), 301), QR),
    "small": (lambda: small(label(barcode(QR)), 220), QR),
    "very small": (lambda: small(label(barcode(QR)), 160), QR),
    "blurred": (lambda: blurred(label(barcode(QR)), 0.5), QR),
    "very blurred": (lambda: blurred(label(barcode(QR)), 0.3), QR),
    "blurred and turned": (lambda: turned(blurred(label(barcode(QR)), 0.45), 12), QR),
    "from the side": (lambda: leaning(label(barcode(QR))), QR),
    "grey on grey": (lambda: shaded(label(barcode(QR)), 110, 150), QR),
    "noisy": (lambda: noisy(label(barcode(QR))), QR),
    "white on black": (lambda: inverted(label(barcode(QR))), QR),
    "a whole photo": (lambda: photo(label(barcode(QR))), QR),
    "a serial number beside it": (lambda: label(barcode(QR, scale=5), barcode("SN1234567", "Code128", 2)), QR),
    "Matter and HomeKit": (lambda: label(barcode("X-HM://0023ISYWY4SH2", scale=4), barcode(QR, scale=4)), QR),
    "digits as a bar code": (lambda: label(barcode(MANUAL, "Code128", 3)), MANUAL),
    "data matrix": (lambda: label(barcode(MANUAL, "DataMatrix", 8)), MANUAL),
}  # fmt: skip
REFUSED: dict[str, tuple[Callable[[], QImage], str]] = {
    "two devices": (lambda: label(barcode(QR, scale=4), barcode(OTHER_QR, scale=4)), "matter.code.several_codes"),
    "HomeKit": (lambda: label(barcode("X-HM://0023ISYWY4SH2")), "matter.code.homekit"),
    "Wi-Fi": (lambda: label(barcode("WIFI:T:WPA;S:home;P:secret;;")), "matter.code.not_digits"),
    "a web address": (lambda: label(barcode("https://example.com/manual")), "matter.code.address"),
}  # fmt: skip

TYPED: dict[str, str] = {
    # right ones
    "34970112332": "", "3497-011-2332": "", "3497 011 2332": "", " 34970112332\n": "", "３４９７０１１２３３２": "",
    "٣٤٩٧٠١١٢٣٣٢": "", QR: "", QR.lower(): "", f"“{QR}”": "", "https://x.example/?data=MT%3AY.K904QI148-.548G00": "",
    # one digit wrong, or two changed places
    "34970112333": "check_digit", "34970112331": "check_digit", "24970112332": "check_digit", "34970112432": "check_digit",
    "34970012332": "check_digit", "34971112332": "check_digit", "34970112352": "check_digit", "43970112332": "check_digit",
    "34790112332": "check_digit", "34970113232": "check_digit", "34970121332": "check_digit", "34907112332": "check_digit",
    # too short, too long
    "3": "length", "3497": "length", "3497011233": "length", "349701123322": "length", "3497-011-233": "length",
    "34970112332349701123": "length",
    # what is no code
    "letters": "not_digits", "3497011233O": "not_digits", "l4970112332": "not_digits", "3497_011_2332": "not_digits",
    "X-HM://0023ISYWY4SH2": "homekit", "https://example.com": "address", "--": "empty", "MT:": "qr_cut",
    # a damaged or wrong payload
    "MT:Y.K904QI148-.548G0": "qr_cut", "MT:Y.K904QI148-.548G0!": "qr_character", f"{QR} {OTHER_QR}": "several_codes",
    f"{QR} 34970112332": "two_devices",
}  # fmt: skip


def verdict(code: str) -> str:
    """Code of the reason why a pairing code is refused, as the engine's `check_code` judges it; empty where it is none."""
    try:
        commissioning(found_adapters().adapters)[1].check(code)
    except ProblemError as error:
        (problem,) = error.problems
        assert problem.code == "matter.invalid_code"
        return str(problem.args["why"]["code"])  # type: ignore[index,call-overload]
    return ""


def test_there_are_twenty_pictures_and_forty_typed_codes() -> None:
    assert (len(PICTURES), len(TYPED)) == (20, 40)


@pytest.mark.parametrize("name", PICTURES)
def test_a_code_is_read_from_a_picture_of_its_label(name: str, app: QApplication) -> None:
    make, wanted = PICTURES[name]
    text = read_label(make())
    assert text == wanted
    assert verdict(text) == ""


@pytest.mark.parametrize("name", REFUSED)
def test_a_picture_of_something_else_gets_its_verdict(name: str, app: QApplication) -> None:
    make, wanted = REFUSED[name]
    assert verdict(read_label(make())) == wanted


@pytest.mark.parametrize("typed", TYPED)
def test_a_typed_code_gets_the_right_verdict(typed: str) -> None:
    expected = TYPED[typed] and f"matter.code.{TYPED[typed]}"
    assert verdict(typed) == expected


def test_a_picture_without_a_code_and_a_file_that_is_none_are_refused(app: QApplication, tmp_path: Path) -> None:
    plain, text = tmp_path / "plain.png", tmp_path / "text.png"
    label().save(str(plain))
    text.write_text("no picture")
    for path, code in (
        (plain, "label.no_code"),
        (text, "label.no_picture"),
        (tmp_path / "none.png", "label.no_picture"),
    ):
        with pytest.raises(ProblemError) as refused:
            read_label(str(path))
        assert refused.value.problems[0].code == code


def test_a_picture_too_large_to_be_read_whole_is_refused_as_such(app: QApplication, tmp_path: Path) -> None:
    path = str(tmp_path / "large.png")
    label(size=1200).save(path)
    limit = QImageReader.allocationLimit()
    QImageReader.setAllocationLimit(1)
    try:
        with pytest.raises(ProblemError) as refused:
            read_label(path)
    finally:
        QImageReader.setAllocationLimit(limit)
    assert refused.value.problems[0].code == "label.too_large"


@pytest.mark.parametrize("form", [QImage.Format.Format_RGB32, QImage.Format.Format_ARGB32])
def test_a_large_picture_is_made_grey_in_bands_and_is_the_same_as_whole(form: QImage.Format, app: QApplication) -> None:
    picture = label(barcode(QR), size=3 * BAND_PX + 50).convertToFormat(form)
    grey = picture.convertToFormat(QImage.Format.Format_Grayscale8)
    lines = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())[:, : grey.width()]
    tall: list[int] = []
    seen = label_picture._grey_band
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(label_picture, "_grey_band", lambda band: tall.append(band.height()) or seen(band))
        assert np.array_equal(label_picture.grey(picture), lines)
    assert len(tall) >= 3
    assert max(tall) <= BAND_PX


def dropped(window: MainWindow, mime: QMimeData) -> bool:
    """What the window system sends for a drop, as the window's filter gets it; whether it was taken."""
    (drops,) = (child for child in window.children() if isinstance(child, LabelDrops))
    action, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    kinds = (QEvent.Type.DragEnter, QEvent.Type.Drop)
    return all(drops.eventFilter(window, QDropEvent(QPointF(5, 5), action, mime, button, keys, kind)) for kind in kinds)


def opened(window: MainWindow) -> PairDialog:
    window.feed.tick()
    run_turns(window)
    window.feed.tick()
    made = window.effects._pairing
    assert made is not None
    return made


def test_a_photo_dropped_onto_the_window_opens_the_dialog_with_its_code(
    window: MainWindow, api: FakeDesk, tmp_path: Path
) -> None:
    label(barcode(QR)).save(str(tmp_path / "label.jpg"))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "label.jpg"))])
    judged: list[str] = []
    api.check_code = lambda code: judged.append(code) or _none()  # type: ignore[method-assign,return-value]
    assert dropped(window, mime)
    dialog = opened(window)
    assert dialog.code.text() == QR
    window.feed.tick()
    assert judged == [QR]
    assert dialog.verdict.text() == "The code is complete."
    assert dialog.start.isEnabled()
    assert not any(asked == "pair" for asked, _ in api.asked)
    dialog.reject()
    building = QMimeData()
    building.setUrls([QUrl.fromLocalFile("/home/me/house.ifc")])
    assert not dropped(window, building)
    api.path = ""
    assert not dropped(window, mime)


def _none() -> Future[None]:
    made: Future[None] = Future()
    made.set_result(None)
    return made


def test_a_screenshot_is_pasted_and_what_has_no_code_says_so(window: MainWindow, api: FakeDesk) -> None:
    window.effects.pair()
    dialog = opened(window)
    QGuiApplication.clipboard().setImage(label(barcode(QR)))
    QTest.keySequence(dialog.code, "Ctrl+V")
    window.feed.tick()
    assert dialog.code.text() == QR
    QGuiApplication.clipboard().setImage(label())
    QTest.keySequence(dialog.code, "Ctrl+V")
    window.feed.tick()
    assert "No code was found in this picture" in dialog.verdict.text()
    QGuiApplication.clipboard().setText("3497-011-2332")
    dialog.code.selectAll()
    QTest.keySequence(dialog.code, "Ctrl+V")
    assert dialog.code.text() == "3497-011-2332"
    dialog.reject()


def test_only_pictures_are_taken_for_labels(app: QApplication) -> None:
    for name, wanted in (("house.ifc", False), ("a.PNG", True), ("a.jpeg", True), ("a.pdf", False)):
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(f"/nowhere/{name}")])
        assert (label_source(mime) is not None) is wanted
    mime = QMimeData()
    mime.setText(QR)
    assert label_source(mime) is None
